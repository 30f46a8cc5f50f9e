# What all data sets share: clips of 16 frames of 224 x 224 whose last frame is the
# key frame; how they are read, changed, packed, loaded and scored. A data set adds its
# type, data_root and num_classes. The steps of a pipeline have names: a child changes
# one with pipeline=dict(sample=dict(clip_len=8)) and leaves one out with
# pipeline=dict(distort=None); a list in their place replaces all of them.
#
# Decoded frames are kept in ~/.cache/stal_plugin/frames (or $STAL_FRAMES), so that the
# second epoch need not decode: docs/benchmarks.md. decode=dict(cache_gib=0): none are.
#
# Frames before the first of a video: the first is repeated. YOWO's first code and the
# paper's go on from the end of the video, sample=dict(pad_mode="wrap"), which lets the
# key frames before frame 16 see the future: 44 % of those of J-HMDB.
__test_pipeline = dict(
    order=["sample", "decode", "boxes", "resize", "format", "pack"],
    sample=dict(type="stal_plugin.SampleKeyframeClip", clip_len=16, test_mode=True),
    decode=dict(type="stal_plugin.DecodeClip", cache_gib=8),
    boxes=dict(type="stal_plugin.BoxesToPixels"),
    resize=dict(type="mmaction.Resize", scale=(224, 224), keep_ratio=False),
    format=dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    pack=dict(
        type="stal_plugin.PackClipInputs",
        meta_keys=(
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
        ),
    ),
)
__train_pipeline = dict(
    __test_pipeline,
    order=["sample", "decode", "boxes", "resize", "flip", "distort", "format", "pack"],
    sample=dict(
        type="stal_plugin.SampleKeyframeClip", clip_len=16, frame_interval=(1, 2)
    ),
    resize=dict(type="stal_plugin.JitterResize", scale=(224, 224), jitter=0.2),
    flip=dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    distort=dict(type="stal_plugin.DistortClip", hue=0.1, saturation=1.5, exposure=1.5),
)

train_dataloader = dict(
    batch_size=12,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=True),
    dataset=dict(
        type="stal_plugin.STALDataset",
        ann_file="annotations.csv",
        split="train",
        pipeline=__train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=False),
    dataset=dict(
        type="stal_plugin.STALDataset",
        ann_file="annotations.csv",
        split="test",
        pipeline=__test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5)
test_evaluator = [
    val_evaluator,
    dict(type="stal_plugin.VideoMAP", linker="viterbi"),  # YOWO's linker
]
