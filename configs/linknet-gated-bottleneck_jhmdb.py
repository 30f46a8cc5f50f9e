# Paper, Table 2, the bottleneck link of section 6.1, corrected: two
# convolutions, every temporal slot, through a weight that is zero at first.
_base_ = "./yowo_jhmdb.py"

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
