# CPU-size child of yowo-causal_agot.py: yowo-motion_agot.py with a causal 3D branch.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(backbone=dict(backbone_3d=dict(causal=True)))
