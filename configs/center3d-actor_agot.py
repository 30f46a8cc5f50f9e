# Center3D, corrected: a class for each actor, on Agot.
_base_ = [
    "./_base_/models/center3d_actor.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/adam_centernet.py",
    "./_base_/default_runtime.py",
]
