# CPU-size child of center3d_agot.py.
_base_ = [
    "../_base_/models/center3d_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]
