# YOWO of three levels with a decoupled head and dynamic assignment, on UCF101-24.
_base_ = [
    "./_base_/models/yowo_fpn_d19_r18.py",
    "./_base_/datasets/ucf24.py",
    "./_base_/schedules/adamw_yowo.py",
    "./_base_/default_runtime.py",
]

# Some 30,000 iterations per epoch; the rate is halved at 30, 40, 50 and 60 thousand.
train_cfg = dict(max_epochs=3)
