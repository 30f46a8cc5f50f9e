# YOLOv3 on J-HMDB-21, split 1: the key frame alone.
_base_ = [
    "./_base_/models/yolov3_d53.py",
    "./_base_/datasets/jhmdb_keyframe.py",
    "./_base_/schedules/sgd_keyframe.py",
    "./_base_/default_runtime.py",
]

model = dict(detector=dict(bbox_head=dict(num_classes=21)))
