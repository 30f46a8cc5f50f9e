# YOWO of two pretrained branches: what the other rows change one thing of.
_base_ = [
    "../_base_/models/yowo_pretrained_mini.py",
    "../_base_/datasets/weizmann_pretrained.py",
    "../_base_/schedules/adamw_pretrained_4e.py",
    "../_base_/default_runtime.py",
]

model = dict(bbox_head=dict(num_classes=10, loss_cls=dict(num_classes=10)))
