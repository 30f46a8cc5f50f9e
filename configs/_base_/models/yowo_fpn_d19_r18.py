# YOWO of three levels, strides 8, 16 and 32: PAFPN over the 2D branch, the 3D map and
# CFAM at each level, a head without anchors whose classes come from the 3D map.
_base_ = "./yowo_d19_r18.py"

model = dict(
    backbone=dict(levels=("stage3", "stage5")),
    neck=dict(
        _delete_=True,
        type="stal_plugin.MultiLevelCFAM",
        in_channels=(128, 512, 425, 512),
        pyramid=dict(
            type="mmdet.PAFPN",
            out_channels=256,
            num_outs=3,
            norm_cfg=dict(type="BN"),
        ),
        channels=256,
        pass_on=(-1,),
    ),
    bbox_head=dict(
        _delete_=True,
        type="stal_plugin.RoIClassDecoupledHead",
        num_classes=24,
        in_channels=256,
        cls_in_channels=512,
        cls_channels=512,
        feat_channels=256,
        strides=(8, 16, 32),
        loss_bbox=dict(type="mmdet.CIoULoss", loss_weight=2.0),
        loss_obj=dict(type="mmdet.CrossEntropyLoss", use_sigmoid=True),
        # Several actions at once, as in AVA: multilabel=True here and in the data set,
        # activation="sigmoid" in this loss.
        loss_cls=dict(
            type="stal_plugin.ENFLoss",
            num_classes=24,
            gamma=2.0,
            beta=0.0,
            loss_weight=10 / 3,
        ),
    ),
    train_cfg=dict(
        _delete_=True,
        assigner=dict(type="mmdet.DynamicSoftLabelAssigner", topk=13),
    ),
)
