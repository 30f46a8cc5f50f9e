# arXiv:2012.08097, table 2, row "Linknet, expand", corrected: a weight per channel,
# zero at first, so that training starts as YOWO.
_base_ = [
    "./_base_/models/yowo_d19_r18_jhmdb.py",
    "./_base_/links.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_yowo_jhmdb.py",
    "./_base_/default_runtime.py",
]

model = dict(backbone=dict(links={{_base_.links.gated_expand}}))
