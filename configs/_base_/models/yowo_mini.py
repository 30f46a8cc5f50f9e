# YOWO at a quarter of its width, output stride 16, for 8 x 112 x 112 clips on CPUs.
# CIoU and IoU-target BCE instead of YOWO's smooth L1 and MSE: from random
# initialisation and in a few minutes the latter hardly learn. For the same reason the
# class loss has the weight that the printed ENFLoss gives it, 3.33: at 1 the boxes are
# found, but few classes (docs/restudy.md, "ENFLoss").
model = dict(
    type="stal_plugin.ClipDetector",
    data_preprocessor=dict(
        type="stal_plugin.ClipDataPreprocessor",
        mean=[114.0, 114.0, 114.0],
        std=[58.0, 58.0, 58.0],
    ),
    backbone=dict(
        type="stal_plugin.LinkNet",
        channels_last=True,
        backbone_2d=dict(type="stal_plugin.Darknet19", width=0.125, output_stride=16),
        backbone_3d=dict(
            type="stal_plugin.ResNet3D18",
            width=0.25,
            stem_kernel=(3, 5, 5),
            spatial_strides=(1, 2, 2, 1),
        ),
    ),
    neck=dict(type="stal_plugin.CFAM", in_channels=(128, 128), channels=256),
    bbox_head=dict(
        type="stal_plugin.YOWOHead",
        num_classes=8,
        in_channels=256,
        prior_prob=0.01,
        prior_generator=dict(
            type="mmdet.YOLOAnchorGenerator",
            strides=[16],
            base_sizes=[
                [(11, 19), (20, 41), (26, 65), (37, 79), (56, 95)],
            ],
        ),
        loss_bbox=dict(type="mmdet.CIoULoss", loss_weight=2.0),
        loss_obj=dict(type="mmdet.CrossEntropyLoss", use_sigmoid=True),
        loss_cls=dict(
            type="stal_plugin.ENFLoss",
            num_classes=8,
            gamma=2.0,
            beta=0.0,
            loss_weight=10 / 3,
        ),
    ),
    train_cfg=dict(
        scales=dict(coord=1.0, object=1.0, noobject=1.0),
        reduction="mean",
        reg_decoded_bbox=True,
    ),
    test_cfg=dict(
        score_thr=0.005,
        all_classes=True,
        nms=dict(type="nms", iou_threshold=0.4),
        nms_pre=300,
        max_per_img=50,
    ),
)
