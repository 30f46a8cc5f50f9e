# Real video: yowo-fpn_ucf24.py in CPU size, on the few clips of yowo_ucf24.py.
_base_ = [
    "../_base_/models/yowo_fpn_mini.py",
    "../_base_/datasets/ucf24_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(bbox_head=dict(num_classes=6, loss_cls=dict(num_classes=6)))
