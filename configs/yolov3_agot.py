# Paper, Tables 3 and 4, row "YOLOv3": the key frame alone.
_base_ = [
    "./_base_/models/yolov3_d53.py",
    "./_base_/datasets/agot_keyframe.py",
    "./_base_/schedules/sgd_keyframe.py",
    "./_base_/default_runtime.py",
]
