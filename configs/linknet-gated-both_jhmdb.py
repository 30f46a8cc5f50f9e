# Links in both directions, from the 2D branch into the 3D branch and back.
_base_ = [
    "./_base_/models/yowo_d19_r18_jhmdb.py",
    "./_base_/links.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_yowo_jhmdb.py",
    "./_base_/default_runtime.py",
]

model = dict(backbone=dict(links={{_base_.links.gated_both}}))
