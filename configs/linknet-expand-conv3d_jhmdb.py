# Paper, Table 2, row "Linknet, expand + conv3d", as published: repeated
# over time, two convolutions, added at full strength from the first step.
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
                gated=False,
            ),
        ],
    ),
)
