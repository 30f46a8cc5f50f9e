# CPU-size form of linknet-conv3d_jhmdb.py, on Agot.
_base_ = "./yowo_agot.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.Conv3dLink",
                stages=[
                    ("stage2", "layer1"),
                    ("stage3", "layer2"),
                    ("stage4", "layer3"),
                ],
                slots="padded",
                gated=False,
            ),
        ],
    ),
)
