# yowo_diyanchor_agot.py with a causal 3D branch: live, it looks at every frame once and
# takes one time step per frame (docs/live.md). Weights of the ordinary branch fit.
_base_ = [
    "./_base_/models/yowo_diyanchor_agot.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(backbone=dict(backbone_3d=dict(causal=True)))
