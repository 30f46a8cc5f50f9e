# Paper, table 2, row "Linknet, conv3d", corrected: every temporal slot sees
# the 2D map, through a weight per channel that is zero at first.
_base_ = "./yowo_jhmdb.py"

model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.Conv3dLink",
                stages=("stage2", "layer1"),
                channels=(64, 64),
            ),
            dict(
                type="stal_plugin.Conv3dLink",
                stages=("stage3", "layer2"),
                channels=(128, 128),
            ),
            dict(
                type="stal_plugin.Conv3dLink",
                stages=("stage4", "layer3"),
                channels=(256, 256),
            ),
        ],
    ),
)
