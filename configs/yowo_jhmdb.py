# arXiv:2012.08097, table 2, row "Baseline": YOWO on J-HMDB-21, split 1.
_base_ = [
    "./_base_/models/yowo_d19_r18_jhmdb.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_yowo_jhmdb.py",
    "./_base_/default_runtime.py",
]
