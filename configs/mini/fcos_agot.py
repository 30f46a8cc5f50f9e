# CPU-size child of fcos_agot.py.
_base_ = [
    "../_base_/models/fcos_mini.py",
    "../_base_/datasets/agot_mini_keyframe.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]
