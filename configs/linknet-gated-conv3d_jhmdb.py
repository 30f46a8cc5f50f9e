# Paper, Table 2, row "Linknet, conv3d", corrected: every temporal slot sees
# the 2D map, through a weight per channel that is zero at first.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.Conv3dLink",
                stages=[
                    ("stage2", "layer1"),
                    ("stage3", "layer2"),
                    ("stage4", "layer3"),
                ],
            ),
        ],
    ),
)
