# Center3D at a quarter of its width for 8 x 112 x 112 clips on CPUs. Nothing is
# pretrained: both stages learn together, from random initialisation.
_base_ = "./center3d_r18.py"

model = dict(
    channels_last=True,
    data_preprocessor=dict(mean=[114.0, 114.0, 114.0], std=[58.0, 58.0, 58.0]),
    localizer=dict(
        init_cfg=None,
        backbone=dict(base_channels=16, strides=(1, 2, 2, 1)),
        neck=dict(
            in_channels=128, num_deconv_filters=(64, 32), num_deconv_kernels=(4, 4)
        ),
        bbox_head=dict(
            num_classes=1,
            in_channels=32,
            feat_channels=32,
            codec=dict(topk=50),
        ),
        test_cfg=dict(classes=None, max_per_img=50),
    ),
    classifier=dict(
        channels_last=True,
        num_classes=8,
        in_channels=128,
        backbone=dict(width=0.25, stem_kernel=(3, 5, 5), spatial_strides=(1, 2, 2, 1)),
        loss_cls=dict(num_classes=8),
    ),
    test_cfg=dict(max_per_img=50),
)
