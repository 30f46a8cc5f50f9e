# YOWO of three levels with a decoupled head and dynamic assignment, on Agot.
_base_ = [
    "./_base_/models/yowo_fpn_d19_r18.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/adamw_yowo.py",
    "./_base_/default_runtime.py",
]
