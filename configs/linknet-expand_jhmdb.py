# Paper, Table 2, row "Linknet, expand", as published: the 2D map is
# repeated over time and added, at full strength from the first step.
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
                gated=False,
            ),
        ],
    ),
)
