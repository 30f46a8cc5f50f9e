# CPU-size child of yolov3_agot.py.
_base_ = [
    "../_base_/models/yolov3_mini.py",
    "../_base_/datasets/agot_mini_keyframe.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]
