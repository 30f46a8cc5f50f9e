# yowo-fpn_agot.py, the demo's network, without its 3D branch: a control that sees the
# key frame only; its coarse 2D map takes the place of the 3D map, also for classes.
_base_ = [
    "../_base_/models/yowo_fpn_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_4e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    backbone=dict(backbone_3d=None),
    neck=dict(in_channels=(32, 256), pass_on=(-1,)),
    bbox_head=dict(cls_in_channels=256),
)
