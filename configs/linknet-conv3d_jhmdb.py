# arXiv:2012.08097, table 2, row "Linknet, conv3d", as published: 2 of 8, 2 of 4 and 2
# of 2 frames of the feature see the 2D map.
_base_ = [
    "./_base_/models/yowo_d19_r18_jhmdb.py",
    "./_base_/links.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_yowo_jhmdb.py",
    "./_base_/default_runtime.py",
]

model = dict(backbone=dict(links={{_base_.links.conv3d}}))
