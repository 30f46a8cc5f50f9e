# The mini stand-in for J-HMDB, split 1: 8 frames of 112 x 112, for CPUs.
# Neighbouring frames of a video hardly differ: every fourth is a key frame of training.
# Training is short: no DistortClip (docs/benchmarks.md, "make demo").
# pad_mode and keypoint_file: see jhmdb.py.
data_root = "data/jhmdb-mini/split1"
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
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=8, pad_mode="replicate"),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="stal_plugin.JitterResize", scale=(112, 112), jitter=0.2),
    dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="stal_plugin.PackClipInputs", meta_keys=meta_keys),
]
test_pipeline = [
    dict(
        type="stal_plugin.SampleKeyframeClip",
        clip_len=8,
        pad_mode="replicate",
        test_mode=True,
    ),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="mmaction.Resize", scale=(112, 112), keep_ratio=False),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="stal_plugin.PackClipInputs", meta_keys=meta_keys),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=True),
    dataset=dict(
        type="stal_plugin.JHMDBDataset",
        data_root=data_root,
        ann_file="annotations.csv",
        split="train",
        num_classes=num_classes,
        keyframe_stride=4,
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
        type="stal_plugin.JHMDBDataset",
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
        type="stal_plugin.JHMDBDataset",
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
test_evaluator = [
    val_evaluator,
    dict(type="stal_plugin.VideoMAP", linker="viterbi"),  # YOWO's linker
]
