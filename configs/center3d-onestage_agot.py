# Center3D's heatmap head as a one-stage detector on YOWO's backbone.
_base_ = [
    "./_base_/models/center3d_onestage.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/adam_centernet.py",
    "./_base_/default_runtime.py",
]
