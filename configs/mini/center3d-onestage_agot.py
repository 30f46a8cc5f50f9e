# CPU-size child of center3d-onestage_agot.py.
_base_ = [
    "../_base_/models/center3d_onestage_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]
