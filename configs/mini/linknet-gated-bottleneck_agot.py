# CPU-size form of linknet-gated-bottleneck_jhmdb.py, on Agot.
_base_ = "./yowo_agot.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.BottleneckLink",
                stages=[
                    ("stage2", "layer1"),
                    ("stage3", "layer2"),
                    ("stage4", "layer3"),
                ],
            ),
        ],
    ),
)
