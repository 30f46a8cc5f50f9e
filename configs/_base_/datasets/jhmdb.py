# J-HMDB-21, split 1, 16 frames of 224 x 224; the last frame is the key frame.
# Other splits: data_root = "data/jhmdb/split2". Write them with
# tools/dataset_converters/jhmdb.py (see docs/data.md).
# pad_mode: YOWO's first code and the paper's go on from the end of the video
# (pad_mode="wrap" in both pipelines), which lets 44 % of the key frames (those before
# frame 16) see the future. "replicate" repeats the first frame.
# Joints: set keypoint_file="keypoints.npz" in the data sets; then gt_instances has
# keypoints and keypoints_visible.
data_root = "data/jhmdb/split1"
num_classes = 21
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
    dict(
        type="stal_plugin.SampleKeyframeClip",
        clip_len=16,
        frame_interval=(1, 2),
        pad_mode="replicate",
    ),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="stal_plugin.JitterResize", scale=(224, 224), jitter=0.2),
    dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    dict(type="stal_plugin.DistortClip", hue=0.1, saturation=1.5, exposure=1.5),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="stal_plugin.PackClipInputs", meta_keys=meta_keys),
]
test_pipeline = [
    dict(
        type="stal_plugin.SampleKeyframeClip",
        clip_len=16,
        pad_mode="replicate",
        test_mode=True,
    ),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="mmaction.Resize", scale=(224, 224), keep_ratio=False),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="stal_plugin.PackClipInputs", meta_keys=meta_keys),
]

train_dataloader = dict(
    batch_size=12,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=True),
    dataset=dict(
        type="stal_plugin.JHMDBDataset",
        data_root=data_root,
        ann_file="annotations.csv",
        split="train",
        num_classes=num_classes,
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=False),
    dataset=dict(
        type="stal_plugin.JHMDBDataset",
        data_root=data_root,
        ann_file="annotations.csv",
        split="test",
        num_classes=num_classes,
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5)
test_evaluator = [
    val_evaluator,
    dict(type="stal_plugin.VideoMAP", linker="viterbi"),  # YOWO's linker
]
