# Paper, table 2, the bottleneck link of section 6.1, corrected: two
# convolutions, every temporal slot, through a weight that is zero at first.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.BottleneckLink",
                stages=("stage2", "layer1"),
                channels=(64, 64),
            ),
            dict(
                type="stal_plugin.BottleneckLink",
                stages=("stage3", "layer2"),
                channels=(128, 128),
            ),
            dict(
                type="stal_plugin.BottleneckLink",
                stages=("stage4", "layer3"),
                channels=(256, 256),
            ),
        ],
    ),
)
