# YOLOv3 on the key frame: mmdet's model (Darknet-53, three scales, COCO anchors).
# BatchNorm learns, since the run may start from random weights.
model = dict(
    type="stal_plugin.KeyFrameDetector",
    data_preprocessor=dict(
        type="stal_plugin.ClipDataPreprocessor",
        mean=[0.0, 0.0, 0.0],
        std=[255.0, 255.0, 255.0],
    ),
    detector=dict(
        type="mmdet.YOLOV3",
        backbone=dict(
            type="mmdet.Darknet",
            depth=53,
            out_indices=(3, 4, 5),
            norm_eval=False,
            init_cfg=[
                dict(type="Kaiming", layer="Conv2d"),
                dict(
                    type="stal_plugin.PretrainedIfPresent",
                    checkpoint="weights/darknet53-imagenet.pth",
                    made_by="python tools/convert_weights.py darknet53 "
                    "darknet53.conv.74 weights/darknet53-imagenet.pth",
                ),
            ],
        ),
        neck=dict(
            type="mmdet.YOLOV3Neck",
            num_scales=3,
            in_channels=[1024, 512, 256],
            out_channels=[512, 256, 128],
        ),
        bbox_head=dict(
            # mmdet.YOLOV3Head that keeps the objectness of its detections
            type="stal_plugin.ObjectnessYOLOV3Head",
            num_classes=24,
            in_channels=[512, 256, 128],
            out_channels=[1024, 512, 256],
            anchor_generator=dict(
                type="mmdet.YOLOAnchorGenerator",
                base_sizes=[
                    [(116, 90), (156, 198), (373, 326)],
                    [(30, 61), (62, 45), (59, 119)],
                    [(10, 13), (16, 30), (33, 23)],
                ],
                strides=[32, 16, 8],
            ),
            bbox_coder=dict(type="mmdet.YOLOBBoxCoder"),
            featmap_strides=[32, 16, 8],
            loss_cls=dict(
                type="mmdet.CrossEntropyLoss",
                use_sigmoid=True,
                loss_weight=1.0,
                reduction="sum",
            ),
            loss_conf=dict(
                type="mmdet.CrossEntropyLoss",
                use_sigmoid=True,
                loss_weight=1.0,
                reduction="sum",
            ),
            loss_xy=dict(
                type="mmdet.CrossEntropyLoss",
                use_sigmoid=True,
                loss_weight=2.0,
                reduction="sum",
            ),
            loss_wh=dict(type="mmdet.MSELoss", loss_weight=2.0, reduction="sum"),
        ),
        train_cfg=dict(
            assigner=dict(
                type="mmdet.GridAssigner",
                pos_iou_thr=0.5,
                neg_iou_thr=0.5,
                min_pos_iou=0,
            ),
        ),
        # Thresholds as low as YOWO's, so that frame-mAP sees the same range of scores.
        test_cfg=dict(
            score_thr=0.005,
            conf_thr=0.005,
            nms_pre=1000,
            min_bbox_size=0,
            nms=dict(type="nms", iou_threshold=0.4),
            max_per_img=100,
        ),
    ),
)
