# YOWO of three levels with a decoupled head and dynamic assignment, on J-HMDB-21.
_base_ = [
    "./_base_/models/yowo_fpn_d19_r18.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/adamw_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(bbox_head=dict(num_classes=21, loss_cls=dict(num_classes=21)))
