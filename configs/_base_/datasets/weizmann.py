# A fold of the Weizmann actions: the person it is named after is tested, the other
# eight train (tools/dataset_converters/weizmann.py; tools/cross_validate.py runs all
# folds, --cfg-options data_root=data/weizmann/denis another one). Ten actions, 79 clips
# of 180 x 144 at 25 frames per second.
_base_ = "./clips.py"

data_root = "data/weizmann/daria"
num_classes = 10
__pipeline = dict(
    sample=dict(clip_len=8, frame_interval=2),
    resize=dict(scale=(112, 112)),
)
__dataset = dict(data_root=data_root, num_classes=num_classes, pipeline=__pipeline)

train_dataloader = dict(
    batch_size=8, num_workers=1, dataset=dict(__dataset, keyframe_stride=2)
)
val_dataloader = dict(batch_size=32, num_workers=1, dataset=__dataset)
test_dataloader = val_dataloader
