# arXiv:2012.08097, table 4, column "YOLOv3": the key frame alone.
_base_ = [
    "./_base_/models/yolov3_d53.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_keyframe.py",
    "./_base_/default_runtime.py",
]

# Clips of one frame, the key frame. The paper does not state the input size of its
# YOLOv3. Its frames are stored at 224 x 224 pixels, and YOWO sees them at that size, so
# this is 224 too; YOLOv3's own size is (416, 416).
train_dataloader = dict(
    batch_size=64,
    dataset=dict(pipeline=dict(sample=dict(clip_len=1, frame_interval=1))),
)
val_dataloader = dict(
    batch_size=64, dataset=dict(pipeline=dict(sample=dict(clip_len=1)))
)
test_dataloader = val_dataloader
