# Center3D: CenterNet with ResNet-18 (names and channels of mmdet's COCO checkpoint)
# finds the actors and their keypoints, a 3D ResNet-18 names the actions. 224 x 224
# pixels, heatmaps of 56 x 56.
model = dict(
    type="stal_plugin.Center3D",
    # What the COCO checkpoint was trained with.
    data_preprocessor=dict(
        type="stal_plugin.ClipDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    localizer=dict(
        type="mmdet.SingleStageDetector",
        init_cfg=dict(
            type="stal_plugin.PretrainedIfPresent",
            checkpoint="weights/centernet-r18-coco.pth",
            made_by="python tools/convert_weights.py mmdet-centernet "
            "centernet_r18_8xb16-crop512-140e_coco.pth weights/centernet-r18-coco.pth",
        ),
        backbone=dict(
            type="mmdet.ResNet",
            depth=18,
            norm_eval=False,
            norm_cfg=dict(type="BN"),
        ),
        neck=dict(
            type="mmdet.CTResNetNeck",
            in_channels=512,
            num_deconv_filters=(256, 128, 64),
            num_deconv_kernels=(4, 4, 4),
            use_dcn=False,
        ),
        bbox_head=dict(
            type="stal_plugin.Center3DHead",
            # The classes of COCO; the first is "person", which actors are taught as.
            num_classes=80,
            in_channels=64,
            feat_channels=64,
            codec=dict(type="stal_plugin.CenterCodec", stride=4, topk=100),
            num_keypoints=9,
            keypoint_source="box",
        ),
        test_cfg=dict(score_thr=0.005, classes=(0,), max_per_img=100),
    ),
    classifier_input="heatmap",
    frozen=False,
    classifier=dict(
        type="stal_plugin.ActionClassifier",
        num_classes=24,
        in_channels=512,
        per="clip",
        # The heatmaps are small: no stride in the first convolution.
        backbone=dict(
            type="stal_plugin.ResNet3D18", in_channels=9, stem_stride=(1, 1, 1)
        ),
        # With gamma = beta = 0 this is cross entropy.
        loss_cls=dict(type="stal_plugin.ENFLoss", num_classes=24, gamma=0.0, beta=0.0),
    ),
    test_cfg=dict(score_thr=0.005, all_classes=True, max_per_img=100),
)
