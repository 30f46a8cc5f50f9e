"""Classes of host libraries that a file may name, and their arguments.

Read for what they do with each argument before they were listed: none evaluates,
imports, opens or fetches anything, and all that they build in turn is a ``dict`` with
a ``type``, which is checked the same way.
"""

_DETECTOR = "backbone neck bbox_head train_cfg test_cfg data_preprocessor"
_NORM = "eps momentum affine track_running_stats requires_grad"
_RESNET = (
    "depth in_channels stem_channels base_channels num_stages strides dilations "
    "out_indices style deep_stem avg_down frozen_stages conv_cfg norm_cfg norm_eval "
    "with_cp zero_init_residual"
)
_RESNET_3D = (
    "depth stage_blocks in_channels num_stages base_channels out_indices "
    "spatial_strides temporal_strides dilations conv1_kernel conv1_stride_s "
    "conv1_stride_t pool1_stride_s pool1_stride_t with_pool1 with_pool2 style "
    "frozen_stages inflate inflate_style conv_cfg norm_cfg act_cfg norm_eval with_cp "
    "zero_init_residual pretrained pretrained2d"
)
_ANCHOR_FREE_HEAD = (
    "num_classes in_channels feat_channels stacked_convs strides dcn_on_last_conv "
    "conv_bias loss_cls loss_bbox bbox_coder conv_cfg norm_cfg train_cfg test_cfg"
)
_ANCHOR_HEAD = (
    "num_classes in_channels feat_channels stacked_convs anchor_generator bbox_coder "
    "reg_decoded_bbox loss_cls loss_bbox conv_cfg norm_cfg train_cfg test_cfg"
)
_ATSS_HEAD = f"{_ANCHOR_HEAD} pred_kernel_size loss_centerness"
_DELTA_CODER = (
    "target_means target_stds clip_border add_ctr_clamp ctr_clamp use_box_type"
)
_LOSS = "reduction loss_weight"
_PLAIN_ACTIVATION = "inplace"

_TABLE: dict[str, dict[str, str]] = {
    "mmdet": {
        "SingleStageDetector": _DETECTOR,
        "YOLOV3": _DETECTOR,
        "YOLOX": _DETECTOR,
        "FCOS": _DETECTOR,
        "CenterNet": _DETECTOR,
        "ResNet": _RESNET,
        "ResNetV1d": _RESNET,
        "Darknet": "depth out_indices frozen_stages conv_cfg norm_cfg act_cfg "
        "norm_eval",
        "CSPDarknet": "arch deepen_factor widen_factor out_indices frozen_stages "
        "use_depthwise arch_ovewrite spp_kernal_sizes conv_cfg norm_cfg act_cfg "
        "norm_eval",
        "MobileNetV2": "widen_factor out_indices frozen_stages conv_cfg norm_cfg "
        "act_cfg norm_eval with_cp",
        "FPN": "in_channels out_channels num_outs start_level end_level "
        "add_extra_convs relu_before_extra_convs no_norm_on_lateral conv_cfg norm_cfg "
        "act_cfg upsample_cfg",
        "YOLOXPAFPN": "in_channels out_channels num_csp_blocks use_depthwise "
        "upsample_cfg conv_cfg norm_cfg act_cfg",
        "YOLOV3Neck": "num_scales in_channels out_channels conv_cfg norm_cfg act_cfg",
        "CTResNetNeck": "in_channels num_deconv_filters num_deconv_kernels use_dcn",
        "FCOSHead": f"{_ANCHOR_FREE_HEAD} regress_ranges center_sampling "
        "center_sample_radius norm_on_bbox centerness_on_reg loss_centerness",
        "YOLOV3Head": "num_classes in_channels out_channels anchor_generator "
        "bbox_coder featmap_strides one_hot_smoother conv_cfg norm_cfg act_cfg "
        "loss_cls loss_conf loss_xy loss_wh train_cfg test_cfg",
        "CenterNetHead": "in_channels feat_channels num_classes loss_center_heatmap "
        "loss_wh loss_offset train_cfg test_cfg",
        "RTMDetHead": f"{_ATSS_HEAD} with_objectness act_cfg",
        "RTMDetSepBNHead": f"{_ATSS_HEAD} with_objectness act_cfg share_conv "
        "use_depthwise exp_on_reg",
        "TOODHead": f"{_ATSS_HEAD} num_dcn anchor_type initial_loss_cls",
        "ATSSHead": f"{_ATSS_HEAD} reg_decoded_bbox",
        "GFLHead": f"{_ANCHOR_HEAD} loss_dfl reg_max",
        "RetinaHead": _ANCHOR_HEAD,
        "YOLOXHead": "num_classes in_channels feat_channels stacked_convs strides "
        "use_depthwise dcn_on_last_conv conv_bias conv_cfg norm_cfg act_cfg loss_cls "
        "loss_bbox loss_obj loss_l1 train_cfg test_cfg",
        "PAFPN": "in_channels out_channels num_outs start_level end_level "
        "add_extra_convs relu_before_extra_convs no_norm_on_lateral conv_cfg norm_cfg "
        "act_cfg",
        "CIoULoss": f"eps {_LOSS}",
        "GIoULoss": f"eps {_LOSS}",
        "DIoULoss": f"eps {_LOSS}",
        "IoULoss": f"linear eps mode {_LOSS}",
        "CrossEntropyLoss": f"use_sigmoid use_mask class_weight ignore_index "
        f"avg_non_ignore {_LOSS}",
        "FocalLoss": f"use_sigmoid gamma alpha activated {_LOSS}",
        "QualityFocalLoss": f"use_sigmoid beta activated {_LOSS}",
        "DistributionFocalLoss": _LOSS,
        "GaussianFocalLoss": f"alpha gamma pos_weight neg_weight {_LOSS}",
        "MSELoss": _LOSS,
        "L1Loss": _LOSS,
        "SmoothL1Loss": f"beta {_LOSS}",
        "YOLOAnchorGenerator": "strides base_sizes use_box_type",
        "AnchorGenerator": "strides ratios scales base_sizes scale_major "
        "octave_base_scale scales_per_octave centers center_offset use_box_type",
        "MlvlPointGenerator": "strides offset",
        "YOLOBBoxCoder": "eps",
        "DeltaXYWHBBoxCoder": _DELTA_CODER,
        "DistancePointBBoxCoder": "clip_border",
        "GridAssigner": "pos_iou_thr neg_iou_thr min_pos_iou gt_max_assign_all "
        "iou_calculator",
        "MaxIoUAssigner": "pos_iou_thr neg_iou_thr min_pos_iou gt_max_assign_all "
        "ignore_iof_thr ignore_wrt_candidates match_low_quality gpu_assign_thr "
        "iou_calculator",
        "ATSSAssigner": "topk alpha iou_calculator ignore_iof_thr",
        "TaskAlignedAssigner": "topk iou_calculator",
        "SimOTAAssigner": "center_radius candidate_topk iou_weight cls_weight "
        "iou_calculator",
        "DynamicSoftLabelAssigner": "soft_center_radius topk iou_weight iou_calculator",
        "BboxOverlaps2D": "scale dtype",
        "PseudoSampler": "",
    },
    "mmaction": {
        "ResNet3d": _RESNET_3D,
        "ResNet2Plus1d": _RESNET_3D,
        "ResNet3dCSN": f"{_RESNET_3D} bottleneck_mode bn_frozen",
        "ResNet3dSlowOnly": _RESNET_3D,
        "X3D": "gamma_w gamma_b gamma_d in_channels num_stages spatial_strides "
        "frozen_stages se_style se_ratio use_swish conv_cfg norm_cfg act_cfg norm_eval "
        "with_cp zero_init_residual pretrained",
        "Resize": "scale keep_ratio interpolation lazy",
        "FormatShape": "input_format collapse",
        "PackActionInputs": "collect_keys meta_keys algorithm_keys",
        # of older checkpoints; live use decodes itself and does not build them
        "DecordInit": "num_threads",
        "DecordDecode": "mode",
        "OpenCVInit": "",
        "OpenCVDecode": "",
        "PyAVInit": "",
        "PyAVDecode": "mode",
        "RawFrameDecode": "decoding_backend",
    },
    "": {  # layers of mmcv and mmengine, named without a scope
        **dict.fromkeys(("BN", "BN1d", "BN2d", "BN3d", "SyncBN"), _NORM),
        "GN": "num_groups eps affine requires_grad",
        "LN": "eps elementwise_affine requires_grad",
        **dict.fromkeys(
            ("ReLU", "ReLU6", "SiLU", "Swish", "Mish", "HSwish", "Sigmoid", "Tanh"),
            _PLAIN_ACTIVATION,
        ),
        "LeakyReLU": "negative_slope inplace",
        "GELU": "approximate",
        **dict.fromkeys(("Conv", "Conv1d", "Conv2d", "Conv3d"), ""),
        "Conv2plus1d": "norm_cfg",  # mmaction2 asks for this name, without a scope
        "deconv": "",
        "nearest": "mode scale_factor align_corners",
        "bilinear": "mode scale_factor align_corners",
        "nms": "iou_threshold class_agnostic split_thr max_num offset score_threshold",
        "soft_nms": "iou_threshold class_agnostic split_thr max_num sigma min_score "
        "method",
    },
}

#: Scope and arguments by name of the class. A name stands for one class in all scopes.
HOST_CLASSES: dict[str, tuple[str, frozenset[str]]] = {
    name: (scope, frozenset(arguments.split()))
    for scope, classes in _TABLE.items()
    for name, arguments in classes.items()
}
