# The mini stand-in for Agot: 8 frames of 112 x 112, for CPUs.
# Training is short: no DistortClip (docs/benchmarks.md, "make demo").
data_root = "data/agot-mini"
num_classes = 8
meta_keys = (
    "video_id",
    "frame",
    "split",
    "img_shape",
    "original_shape",
    "scale_factor",
    "flip",
    "ann_boxes",
    "ann_labels",
    "ann_person_ids",
)

train_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=8),
    dict(type="stal_plugin.DecodeClip", max_open=64),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="stal_plugin.JitterResize", scale=(112, 112), jitter=0.2),
    dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys=meta_keys),
]
test_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=8, test_mode=True),
    dict(type="stal_plugin.DecodeClip", max_open=64),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="mmaction.Resize", scale=(112, 112), keep_ratio=False),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys=meta_keys),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=True),
    dataset=dict(
        type="stal_plugin.AgotDataset",
        data_root=data_root,
        ann_file="annotations.csv",
        split="train",
        num_classes=num_classes,
        keyframe_stride=2,
        empty_ratio=0.1,
        pipeline=train_pipeline,
    ),
)
# Every eighth frame while training, every frame for the final test.
val_dataloader = dict(
    batch_size=32,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=False),
    dataset=dict(
        type="stal_plugin.AgotDataset",
        data_root=data_root,
        ann_file="annotations.csv",
        split="test",
        num_classes=num_classes,
        keyframe_stride=8,
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=32,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=False),
    dataset=dict(
        type="stal_plugin.AgotDataset",
        data_root=data_root,
        ann_file="annotations.csv",
        split="test",
        num_classes=num_classes,
        keyframe_stride=1,
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5)
# Actions come and go: the linker of live use, whose tubes end (YOWO's span the video).
test_evaluator = [
    val_evaluator,
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
