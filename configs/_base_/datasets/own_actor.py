# Your own footage for an actor detector whose head alone is trained: what its networks
# see of each video is kept in cache_dir. The leaf that tools/new_config.py writes adds
# data_root, num_classes and the distance of the frames that are looked at.
#
# This pipeline is for live use, and for training on clips in place of what is kept:
# train_dataloader = dict(dataset=<the inner dataset>).
__dataset = dict(
    type="stal_plugin.STALDataset",
    ann_file="annotations.csv",
    pipeline=dict(
        order=["sample", "decode", "boxes", "format", "pack"],
        sample=dict(
            type="stal_plugin.SampleKeyframeClip",
            clip_len=16,
            frame_interval=2,
            test_mode=True,
        ),
        decode=dict(type="stal_plugin.DecodeClip", max_open=64),
        boxes=dict(type="stal_plugin.BoxesToPixels"),
        format=dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
        pack=dict(
            type="stal_plugin.PackClipInputs",
            meta_keys=(
                "video_id",
                "frame",
                "split",
                "img_shape",
                "original_shape",
                "ann_boxes",
                "ann_labels",
                "ann_person_ids",
            ),
        ),
    ),
)
__features = dict(
    type="stal_plugin.ActorFeatureDataset",
    cache_dir="work_dirs/actor_features",
    window=8,
)

train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=True),
    dataset=dict(
        __features,
        variants=4,
        jitter=0.1,
        dataset=dict(__dataset, split="train", empty_ratio=0.0),
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=0,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=False),
    dataset=dict(__features, dataset=dict(__dataset, split="test", test_mode=True)),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5)
test_evaluator = [val_evaluator]
