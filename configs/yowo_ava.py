# YOWO on AVA Actions: 80 actions with a sigmoid each, a box has all those that score;
# the anchors of the base are those of UCF101-24.
_base_ = [
    "./_base_/models/yowo_d19_r18.py",
    "./_base_/datasets/ava.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        num_classes=80,
        multilabel=True,
        loss_cls=dict(num_classes=80, activation="sigmoid"),
    ),
)
