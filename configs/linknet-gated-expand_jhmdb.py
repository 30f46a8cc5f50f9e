# Paper, Table 2, row "Linknet, expand", corrected: a weight per channel,
# zero at first, so that training starts as YOWO.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.ExpandLink",
                stages=[
                    ("stage2", "layer1"),
                    ("stage3", "layer2"),
                    ("stage4", "layer3"),
                ],
            ),
        ],
    ),
)
