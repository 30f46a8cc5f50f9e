# Paper, table 2, row "Linknet, conv3d", as published: 2 of 8, 2 of 4 and
# 2 of 2 temporal slots see the 2D map.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.Conv3dLink",
                stages=("stage2", "layer1"),
                channels=(64, 64),
                slots="padded",
                gated=False,
            ),
            dict(
                type="stal_plugin.Conv3dLink",
                stages=("stage3", "layer2"),
                channels=(128, 128),
                slots="padded",
                gated=False,
            ),
            dict(
                type="stal_plugin.Conv3dLink",
                stages=("stage4", "layer3"),
                channels=(256, 256),
                slots="padded",
                gated=False,
            ),
        ],
    ),
)
