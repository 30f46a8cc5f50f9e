# Links in both directions, from the 2D branch into the 3D branch and back.
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
                direction="both",
            ),
        ],
    ),
)
