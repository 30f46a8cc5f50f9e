# FCOS on the key frame: mmdet's model (ResNet-50, FPN, GN heads), no code of ours
# but its focal loss, which also runs on a GPU without compiled mmcv operators.
model = dict(
    type="stal_plugin.KeyFrameDetector",
    data_preprocessor=dict(
        type="stal_plugin.ClipDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    detector=dict(
        type="mmdet.FCOS",
        backbone=dict(
            type="mmdet.ResNet",
            depth=50,
            out_indices=(1, 2, 3),
            norm_eval=False,
            init_cfg=[
                dict(type="Kaiming", layer="Conv2d"),
                dict(
                    type="stal_plugin.PretrainedIfPresent",
                    checkpoint="weights/resnet50-imagenet.pth",
                    made_by="save torchvision's resnet50-11ad3fa6.pth under that name",
                ),
            ],
        ),
        neck=dict(
            type="mmdet.FPN",
            in_channels=[512, 1024, 2048],
            out_channels=256,
            add_extra_convs="on_output",
            num_outs=4,
            relu_before_extra_convs=True,
        ),
        bbox_head=dict(
            type="mmdet.FCOSHead",
            num_classes=24,
            in_channels=256,
            feat_channels=256,
            stacked_convs=4,
            strides=[8, 16, 32, 64],
            # Of FCOS for images of 800 pixels, halved and without the largest level.
            regress_ranges=((-1, 32), (32, 64), (64, 128), (128, 1e8)),
            norm_on_bbox=True,
            centerness_on_reg=True,
            center_sampling=True,
            loss_cls=dict(
                type="stal_plugin.ENFLoss",
                num_classes=24,
                use_sigmoid=True,
                gamma=2.0,
                beta=0.0,
            ),
            loss_bbox=dict(type="mmdet.GIoULoss", loss_weight=1.0),
            loss_centerness=dict(
                type="mmdet.CrossEntropyLoss", use_sigmoid=True, loss_weight=1.0
            ),
        ),
        test_cfg=dict(
            score_thr=0.005,
            nms_pre=1000,
            min_bbox_size=0,
            nms=dict(type="nms", iou_threshold=0.4),
            max_per_img=100,
        ),
    ),
)
