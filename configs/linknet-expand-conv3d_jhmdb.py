# Paper, table 2, row "Linknet, expand + conv3d", as published: repeated
# over time, two convolutions, added at full strength from the first step.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage2", "layer1"),
                channels=(64, 64),
                gated=False,
            ),
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage3", "layer2"),
                channels=(128, 128),
                gated=False,
            ),
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage4", "layer3"),
                channels=(256, 256),
                gated=False,
            ),
        ],
    ),
)
