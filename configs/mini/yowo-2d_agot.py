# yowo_diyanchor_agot.py without its 3D branch: a control that sees the key frame only;
# its classes come from the 2D map.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    backbone=dict(backbone_3d=None),
    neck=dict(in_channels=(256,), pass_on=(0,)),
    bbox_head=dict(cls_in_channels=256),
)
