# Center3D's heatmap head on YOWO's backbone and neck: one stage, no anchors. The
# deconvolutions of CenterNet bring the map from stride 32 to 4.
_base_ = "./yowo_d19_r18.py"

model = dict(
    neck=[
        dict(type="stal_plugin.CFAM", in_channels=(425, 512), channels=1024),
        dict(
            type="mmdet.CTResNetNeck",
            in_channels=1024,
            num_deconv_filters=(256, 128, 64),
            num_deconv_kernels=(4, 4, 4),
            use_dcn=False,
        ),
    ],
    bbox_head=dict(
        _delete_=True,
        type="stal_plugin.Center3DHead",
        num_classes=24,
        in_channels=64,
        feat_channels=64,
        codec=dict(type="stal_plugin.CenterCodec", stride=4, topk=100),
    ),
    train_cfg=dict(_delete_=True),
    test_cfg=dict(_delete_=True, score_thr=0.005, all_classes=True, max_per_img=100),
)
