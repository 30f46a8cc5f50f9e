# Paper, Table 2, row "Linknet, expand + conv3d", corrected: through a
# weight per channel that is zero at first.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=[
                    ("stage2", "layer1"),
                    ("stage3", "layer2"),
                    ("stage4", "layer3"),
                ],
            ),
        ],
    ),
)
