# YOWO of two levels, strides 8 and 16, at a quarter of its width: PAFPN over the 2D
# branch, the 3D map and CFAM at each level, a head without anchors whose classes come
# from the 3D map, as those of yowo_mini.py do.
_base_ = "./yowo_mini.py"

model = dict(
    backbone=dict(levels=("stage3",)),
    neck=dict(
        _delete_=True,
        type="stal_plugin.MultiLevelCFAM",
        in_channels=(32, 256, 128),
        pyramid=dict(
            type="mmdet.PAFPN",
            out_channels=64,
            num_outs=2,
            norm_cfg=dict(type="BN"),
        ),
        channels=64,
        pass_on=(-1,),
    ),
    bbox_head=dict(
        _delete_=True,
        type="stal_plugin.RoIClassDecoupledHead",
        num_classes=8,
        in_channels=64,
        cls_in_channels=128,
        feat_channels=64,
        strides=(8, 16),
        loss_bbox=dict(type="mmdet.CIoULoss", loss_weight=2.0),
        loss_obj=dict(type="mmdet.CrossEntropyLoss", use_sigmoid=True),
        loss_cls=dict(
            type="stal_plugin.ENFLoss",
            num_classes=8,
            gamma=0.0,
            beta=0.0,
            loss_weight=5.0,
        ),
    ),
    train_cfg=dict(
        _delete_=True,
        assigner=dict(type="mmdet.DynamicSoftLabelAssigner", topk=13),
    ),
)
