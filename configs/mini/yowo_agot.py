# CPU-size child of yowo_agot.py: UCF101-24 anchors.
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]
