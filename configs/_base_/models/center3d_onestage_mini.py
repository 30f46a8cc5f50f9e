# Center3D's heatmap head on the backbone and neck of yowo_mini.py: from stride 16 to 4.
_base_ = "./yowo_mini.py"

model = dict(
    neck=[
        dict(type="stal_plugin.CFAM", in_channels=(256, 128), channels=128),
        dict(
            type="mmdet.CTResNetNeck",
            in_channels=128,
            num_deconv_filters=(64, 32),
            num_deconv_kernels=(4, 4),
            use_dcn=False,
        ),
    ],
    bbox_head=dict(
        _delete_=True,
        type="stal_plugin.Center3DHead",
        num_classes=8,
        in_channels=32,
        feat_channels=32,
        codec=dict(type="stal_plugin.CenterCodec", stride=4, topk=50),
    ),
    train_cfg=dict(_delete_=True),
    test_cfg=dict(_delete_=True, score_thr=0.005, all_classes=True, max_per_img=50),
)
