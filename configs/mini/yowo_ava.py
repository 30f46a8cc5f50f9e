# Real video: a few segments of AVA's movies in data/ava_mini, made with
# tools/dataset_converters/ava.py (see docs/data.md). Shows that several actions per
# person train and are tested; a handful of key frames teaches no action.
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/datasets/ava_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        num_classes=30,
        multilabel=True,
        loss_cls=dict(num_classes=30, activation="sigmoid"),
    ),
)
