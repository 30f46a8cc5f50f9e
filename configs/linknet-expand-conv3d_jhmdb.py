# arXiv:2012.08097, table 2, row "Linknet, expand + conv3d", as published: repeated over
# time, two convolutions, added at full strength from the first step.
_base_ = [
    "./_base_/models/yowo_d19_r18_jhmdb.py",
    "./_base_/links.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_yowo_jhmdb.py",
    "./_base_/default_runtime.py",
]

model = dict(backbone=dict(links={{_base_.links.expand_conv3d}}))
