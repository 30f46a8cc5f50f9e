# YOLOv3 on J-HMDB-21, split 1: the key frame alone.
_base_ = [
    "./_base_/models/yolov3_d53.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_keyframe.py",
    "./_base_/default_runtime.py",
]

# Clips of one frame, the key frame.
train_dataloader = dict(
    batch_size=64,
    dataset=dict(pipeline=dict(sample=dict(clip_len=1, frame_interval=1))),
)
val_dataloader = dict(
    batch_size=64, dataset=dict(pipeline=dict(sample=dict(clip_len=1)))
)
test_dataloader = val_dataloader

model = dict(detector=dict(bbox_head=dict(num_classes=21)))
