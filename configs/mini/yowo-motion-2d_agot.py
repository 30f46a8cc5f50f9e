# yowo-motion_agot.py without its 3D branch: a control that sees the key frame only.
_base_ = "./yowo-motion_agot.py"

model = dict(
    backbone=dict(backbone_3d=None),
    neck=dict(in_channels=(256,), pass_on=(0,)),
    bbox_head=dict(cls_in_channels=256),
)
