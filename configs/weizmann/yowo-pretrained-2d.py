# The control: the key frame alone, also for the classes.
_base_ = [
    "../_base_/models/yowo_pretrained_mini.py",
    "../_base_/datasets/weizmann_pretrained.py",
    "../_base_/schedules/adamw_pretrained_4e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    backbone=dict(backbone_3d=None),
    neck=dict(in_channels=(192,), pass_on=(0,)),
    bbox_head=dict(num_classes=10, cls_in_channels=192, loss_cls=dict(num_classes=10)),
)
