# CPU-size form of linknet-gated-bottleneck_jhmdb.py, on Agot.
_base_ = "./yowo_agot.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.BottleneckLink",
                stages=("stage2", "layer1"),
                channels=(8, 16),
            ),
            dict(
                type="stal_plugin.BottleneckLink",
                stages=("stage3", "layer2"),
                channels=(16, 32),
            ),
            dict(
                type="stal_plugin.BottleneckLink",
                stages=("stage4", "layer3"),
                channels=(32, 64),
            ),
        ],
    ),
)
