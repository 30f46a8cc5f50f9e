# The network of the demo, from scratch.
_base_ = [
    "../_base_/models/yowo_fpn_mini.py",
    "../_base_/datasets/weizmann.py",
    "../_base_/schedules/adamw_mini_12e.py",
    "../_base_/default_runtime.py",
]

model = dict(bbox_head=dict(num_classes=10, loss_cls=dict(num_classes=10)))
