# Paper, table 2, row "Linknet, expand", corrected: a weight per channel,
# zero at first, so that training starts as YOWO.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.ExpandLink",
                stages=("stage2", "layer1"),
                channels=(64, 64),
            ),
            dict(
                type="stal_plugin.ExpandLink",
                stages=("stage3", "layer2"),
                channels=(128, 128),
            ),
            dict(
                type="stal_plugin.ExpandLink",
                stages=("stage4", "layer3"),
                channels=(256, 256),
            ),
        ],
    ),
)
