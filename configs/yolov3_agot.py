# Paper, Table 4, column "YOLOv3": the key frame alone.
_base_ = [
    "./_base_/models/yolov3_d53.py",
    "./_base_/datasets/agot_keyframe.py",
    "./_base_/schedules/sgd_keyframe.py",
    "./_base_/default_runtime.py",
]
