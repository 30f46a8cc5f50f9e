# YOWO on MultiSports: 66 actions of four sports; the anchors of the base are those of
# UCF101-24.
_base_ = [
    "./_base_/models/yowo_d19_r18.py",
    "./_base_/datasets/multisports.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(bbox_head=dict(num_classes=66, loss_cls=dict(num_classes=66)))
