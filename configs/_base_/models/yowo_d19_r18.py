# YOWO: Darknet-19 on the key frame, 3D ResNet-18 on the clip, CFAM, anchor head.
# Clips of 8 to 32 frames, 224 x 224 pixels, output stride 32.
model = dict(
    type="stal_plugin.ClipDetector",
    data_preprocessor=dict(
        type="stal_plugin.ClipDataPreprocessor",
        mean=[0.0, 0.0, 0.0],
        std=[255.0, 255.0, 255.0],
    ),
    backbone=dict(
        type="stal_plugin.LinkNet",
        backbone_2d=dict(
            type="stal_plugin.Darknet19",
            out_channels=425,
            init_cfg=dict(
                type="stal_plugin.PretrainedIfPresent",
                checkpoint="weights/yolov2-coco.pth",
                made_by="python tools/convert_weights.py yolov2 yolov2.weights "
                "weights/yolov2-coco.pth",
            ),
        ),
        # 'A-detached' is what YOWO's code does; 'A' lets the gradient through.
        backbone_3d=dict(
            type="stal_plugin.ResNet3D18",
            shortcut="A-detached",
            init_cfg=dict(
                type="stal_plugin.PretrainedIfPresent",
                checkpoint="weights/resnet3d18-kinetics.pth",
                made_by="python tools/convert_weights.py kinetics-resnet3d18 "
                "resnet-18-kinetics.pth weights/resnet3d18-kinetics.pth",
            ),
        ),
    ),
    neck=dict(type="stal_plugin.CFAM", in_channels=(425, 512), channels=1024),
    bbox_head=dict(
        type="stal_plugin.YOWOHead",
        num_classes=24,
        in_channels=1024,
        # UCF101-24 anchors of YOWO, in pixels at 224 x 224.
        prior_generator=dict(
            type="mmdet.YOLOAnchorGenerator",
            strides=[32],
            base_sizes=[
                [(23, 38), (41, 82), (51, 131), (74, 158), (113, 189)],
            ],
        ),
        loss_bbox=dict(type="mmdet.SmoothL1Loss", loss_weight=0.5),
        loss_obj=dict(type="mmdet.MSELoss", loss_weight=0.5),
        # With beta = 0 this is the focal loss of YOWO.
        loss_cls=dict(type="stal_plugin.ENFLoss", num_classes=24, gamma=2.0, beta=0.0),
    ),
    train_cfg=dict(
        assigner=dict(type="stal_plugin.YOWOAssigner", ignore_iou_thr=0.6),
        scales=dict(coord=1.0, object=5.0, noobject=1.0),
        reduction="mean",
        reg_decoded_bbox=False,
    ),
    test_cfg=dict(
        score_thr=0.005,
        all_classes=True,
        nms=dict(type="nms", iou_threshold=0.4),
        nms_pre=1000,
        max_per_img=100,
    ),
)
