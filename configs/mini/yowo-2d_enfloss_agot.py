# yowo_enfloss_agot.py without its 3D branch: a control that sees the key frame only.
_base_ = "./yowo_enfloss_agot.py"

model = dict(
    backbone=dict(backbone_3d=None),
    neck=dict(in_channels=(128,)),
)
