# YOWO on UCF101-24, split 1, as in YOWO's first code; the anchors of the base are
# those of UCF101-24.
_base_ = [
    "./_base_/models/yowo_d19_r18.py",
    "./_base_/datasets/ucf24.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

# Some 30,000 iterations per epoch; the rate is halved at 30, 40, 50 and 60 thousand.
train_cfg = dict(max_epochs=3)
