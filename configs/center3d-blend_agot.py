# Center3D as the paper's code has it, on Agot.
_base_ = [
    "./_base_/models/center3d_blend.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/adam_centernet.py",
    "./_base_/default_runtime.py",
]
