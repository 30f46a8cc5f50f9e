# YOLOX-nano, trained on COCO, that finds people: the localiser of detectors that need
# no boxes of their own. Takes BGR, 0 to 255, letterboxed with 114, sides a multiple of
# 32. Larger ones (tiny, s, m, l, x): widen_factor 0.375, 0.5, 0.75, 1, 1.25;
# deepen_factor 0.33, 0.33, 0.67, 1, 1.33; channels 256, 512, 1024 times widen_factor;
# num_csp_blocks 1, 1, 2, 3, 4; use_depthwise=False.
localizer = dict(
    type="mmdet.YOLOX",
    backbone=dict(
        type="mmdet.CSPDarknet",
        deepen_factor=0.33,
        widen_factor=0.25,
        use_depthwise=True,
        norm_eval=True,
    ),
    neck=dict(
        type="mmdet.YOLOXPAFPN",
        in_channels=[64, 128, 256],
        out_channels=64,
        num_csp_blocks=1,
        use_depthwise=True,
    ),
    bbox_head=dict(
        type="mmdet.YOLOXHead",
        num_classes=1,
        in_channels=64,
        feat_channels=64,
        use_depthwise=True,
    ),
    train_cfg=dict(assigner=dict(type="mmdet.SimOTAAssigner", center_radius=2.5)),
    test_cfg=dict(score_thr=0.1, nms=dict(type="nms", iou_threshold=0.65)),
    init_cfg=dict(
        type="stal_plugin.PretrainedIfPresent",
        checkpoint="weights/yolox-nano-person.pth",
        made_by="python tools/convert_weights.py yolox-person yolox_nano.onnx "
        "weights/yolox-nano-person.pth",
    ),
)
