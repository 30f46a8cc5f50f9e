# Another detector of mmdet on the key frame, by configuration alone.
_base_ = [
    "./_base_/models/fcos_r50.py",
    "./_base_/datasets/agot_keyframe.py",
    "./_base_/schedules/sgd_keyframe.py",
    "./_base_/default_runtime.py",
]

optim_wrapper = dict(optimizer=dict(lr=1e-2))
