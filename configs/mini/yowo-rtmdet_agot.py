# YOWO's features with RTMDet's head: any dense head of mmdet, by configuration alone.
# With its default losses it learns boxes and hardly any classes, see docs/configs.md.
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    neck=dict(pass_on=()),
    bbox_head=dict(
        _delete_=True,
        type="mmdet.RTMDetHead",
        num_classes=8,
        in_channels=128,
        feat_channels=64,
        stacked_convs=2,
        norm_cfg=dict(type="BN"),
        anchor_generator=dict(type="mmdet.MlvlPointGenerator", offset=0, strides=[16]),
        bbox_coder=dict(type="mmdet.DistancePointBBoxCoder"),
        loss_cls=dict(type="mmdet.QualityFocalLoss", use_sigmoid=True, beta=2.0),
        loss_bbox=dict(type="mmdet.GIoULoss", loss_weight=2.0),
    ),
    train_cfg=dict(
        _delete_=True,
        assigner=dict(type="mmdet.DynamicSoftLabelAssigner", topk=13),
        allowed_border=-1,
        pos_weight=-1,
    ),
)
