# A few clips of UCF101-24 (see ../../mini/yowo_ucf24.py): 8 frames of 112 x 112.
# Training is short: no DistortClip.
_base_ = "./clips.py"

data_root = "data/ucf24_mini"
num_classes = 6
__pipeline = dict(
    sample=dict(clip_len=8),
    decode=dict(max_open=64),
    resize=dict(scale=(112, 112)),
)
__dataset = dict(
    type="stal_plugin.UCF24Dataset",
    data_root=data_root,
    num_classes=num_classes,
    pipeline=__pipeline,
)
__test = dict(__dataset, split=["test", "unseen"])

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        __dataset,
        pipeline=dict(
            __pipeline, sample=dict(clip_len=8, frame_interval=1), distort=None
        ),
    ),
)
val_dataloader = dict(
    batch_size=32, num_workers=1, dataset=dict(__test, keyframe_stride=4)
)
test_dataloader = dict(
    batch_size=32, num_workers=1, dataset=dict(__test, keyframe_stride=1)
)

val_evaluator = dict(per_split=True)
test_evaluator = [
    dict(type="stal_plugin.FrameMAP", iou_thrs=0.5, per_split=True),
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
