# arXiv:2012.08097, table 2, row "Center3D", as its code has it.
_base_ = [
    "./_base_/models/center3d_blend.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/adam_centernet.py",
    "./_base_/default_runtime.py",
]

model = dict(
    classifier=dict(num_classes=21, loss_cls=dict(num_classes=21)),
)
