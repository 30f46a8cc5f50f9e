# Links in both directions, from the 2D branch into the 3D branch and back.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage2", "layer1"),
                channels=(64, 64),
                direction="both",
            ),
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage3", "layer2"),
                channels=(128, 128),
                direction="both",
            ),
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage4", "layer3"),
                channels=(256, 256),
                direction="both",
            ),
        ],
    ),
)
