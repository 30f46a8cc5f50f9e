# The ideas together: gated links, K-means anchors, balanced ENFLoss.
_base_ = [
    "./_base_/models/yowo_diyanchor_agot.py",
    "./_base_/links.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    backbone=dict(links={{_base_.links.gated_expand_conv3d}}),
    bbox_head=dict(
        loss_cls=dict(
            beta=0.9999,
            form="inverse",
            normalize="instance",
            samples_per_class=dict(ann_file="data/agot/annotations.csv", unit="frames"),
        ),
    ),
)
