# arXiv:2012.08097, table 3, row "Baseline": YOWO with the anchors of UCF101-24.
_base_ = [
    "./_base_/models/yowo_d19_r18.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]
