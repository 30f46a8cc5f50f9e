# The mini stand-in for Agot: 8 frames of 112 x 112, for CPUs.
# Training is short: no DistortClip (docs/benchmarks.md, "make demo").
_base_ = "./clips.py"

data_root = "data/agot-mini"
num_classes = 8
__pipeline = dict(
    sample=dict(clip_len=8),
    decode=dict(max_open=64),
    resize=dict(scale=(112, 112)),
)
__dataset = dict(
    type="stal_plugin.AgotDataset",
    data_root=data_root,
    num_classes=num_classes,
    pipeline=__pipeline,
)

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        __dataset,
        keyframe_stride=2,
        empty_ratio=0.1,
        pipeline=dict(
            __pipeline, sample=dict(clip_len=8, frame_interval=1), distort=None
        ),
    ),
)
# Every eighth frame while training, every frame for the final test.
val_dataloader = dict(
    batch_size=32, num_workers=1, dataset=dict(__dataset, keyframe_stride=8)
)
test_dataloader = dict(
    batch_size=32, num_workers=1, dataset=dict(__dataset, keyframe_stride=1)
)

# Actions come and go: the linker of live use, whose tubes end (YOWO's span the video).
test_evaluator = [
    {{_base_.val_evaluator}},
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
