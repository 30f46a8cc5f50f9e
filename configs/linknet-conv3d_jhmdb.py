# Paper, Table 2, row "Linknet, conv3d", as published: 2 of 8, 2 of 4 and
# 2 of 2 temporal slots see the 2D map.
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
                slots="padded",
                gated=False,
            ),
        ],
    ),
)
