# FCOS with a thin ResNet-18, strides 8, 16 and 32, for 112 x 112 key frames on CPUs.
_base_ = "./fcos_r50.py"

model = dict(
    data_preprocessor=dict(mean=[114.0, 114.0, 114.0], std=[58.0, 58.0, 58.0]),
    detector=dict(
        backbone=dict(
            _delete_=True,
            type="mmdet.ResNet",
            depth=18,
            base_channels=16,
            num_stages=3,
            strides=(1, 2, 2),
            dilations=(1, 1, 1),
            out_indices=(1, 2),
            norm_eval=False,
        ),
        neck=dict(in_channels=[32, 64], out_channels=64, num_outs=3),
        bbox_head=dict(
            num_classes=8,
            in_channels=64,
            feat_channels=64,
            stacked_convs=1,
            norm_cfg=dict(type="GN", num_groups=8),
            strides=[8, 16, 32],
            regress_ranges=((-1, 32), (32, 64), (64, 1e8)),
            loss_cls=dict(num_classes=8),
        ),
        test_cfg=dict(nms_pre=300, max_per_img=50),
    ),
)
