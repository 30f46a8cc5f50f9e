# The mini stand-in for J-HMDB, split 1: 8 frames of 112 x 112, for CPUs.
# Neighbouring frames of a video hardly differ: every fourth is a key frame of training.
# Training is short: no DistortClip (docs/benchmarks.md, "make demo").
# keypoint_file: see jhmdb.py.
_base_ = "./clips.py"

data_root = "data/jhmdb-mini/split1"
num_classes = 8
__pipeline = dict(sample=dict(clip_len=8), resize=dict(scale=(112, 112)))
__dataset = dict(
    type="stal_plugin.JHMDBDataset",
    data_root=data_root,
    num_classes=num_classes,
    pipeline=__pipeline,
)

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        __dataset,
        keyframe_stride=4,
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
