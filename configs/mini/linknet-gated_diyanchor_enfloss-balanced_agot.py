# CPU-size child of linknet-gated_diyanchor_enfloss-balanced_agot.py.
_base_ = "./yowo_enfloss-balanced_agot.py"

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
            ),
        ],
    ),
)
