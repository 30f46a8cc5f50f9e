# YOWO at a fraction of its width, output stride 16, for 8 x 112 x 112 clips on CPUs,
# with the recipe of docs/recipe.md: it learns motion from random weights in minutes.
# - The 3D branch (a quarter wide) sees differences of frames; its stem halves the time.
# - Classes come from the 3D map inside of each box, by cross-entropy (ENFLoss without
#   focus and balance).
# - The 2D branch (a quarter wide) has only boxes and objectness left to learn; those
#   of actors count three times, so that none is missed.
# - CIoU and IoU-target BCE instead of YOWO's smooth L1 and MSE, which hardly learn from
#   random weights in so little time.
# YOWO without all that: ../../mini/yowo-published_agot.py
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
        motion_input="differences",
        backbone_2d=dict(type="stal_plugin.Darknet19", width=0.25, output_stride=16),
        backbone_3d=dict(
            type="stal_plugin.ResNet3D18",
            width=0.25,
            stem_kernel=(3, 5, 5),
            stem_stride=(2, 2, 2),
            pool_kernel=(1, 3, 3),
            pool_stride=(1, 2, 2),
            spatial_strides=(1, 2, 2, 1),
        ),
    ),
    neck=dict(
        type="stal_plugin.CFAM", in_channels=(256, 128), channels=128, pass_on=(1,)
    ),
    bbox_head=dict(
        type="stal_plugin.RoIClassYOWOHead",
        num_classes=8,
        in_channels=128,
        cls_in_channels=128,
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
            gamma=0.0,
            beta=0.0,
            loss_weight=5.0,
        ),
    ),
    train_cfg=dict(
        scales=dict(coord=1.0, object=3.0, noobject=1.0),
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
