# weizmann.py for branches pretrained at larger size: 8 frames of 160 x 160 that span
# 0.9 s, every fourth key frame trains.
_base_ = "./clips.py"

data_root = "data/weizmann/daria"
num_classes = 10
__pipeline = dict(
    sample=dict(clip_len=8, frame_interval=3),
    resize=dict(scale=(160, 160)),
)
__dataset = dict(data_root=data_root, num_classes=num_classes, pipeline=__pipeline)

train_dataloader = dict(
    batch_size=8, num_workers=1, dataset=dict(__dataset, keyframe_stride=4)
)
val_dataloader = dict(batch_size=32, num_workers=1, dataset=__dataset)
test_dataloader = val_dataloader
