# CPU-size form of linknet-gated-both_jhmdb.py, on Agot.
_base_ = "./yowo_agot.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage2", "layer1"),
                channels=(8, 16),
                direction="both",
            ),
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage3", "layer2"),
                channels=(16, 32),
                direction="both",
            ),
            dict(
                type="stal_plugin.ExpandConv3dLink",
                stages=("stage4", "layer3"),
                channels=(32, 64),
                direction="both",
            ),
        ],
    ),
)
