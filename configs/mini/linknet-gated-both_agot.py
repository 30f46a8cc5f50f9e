# CPU-size form of linknet-gated-both_jhmdb.py, on Agot.
_base_ = "./yowo_agot.py"

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
