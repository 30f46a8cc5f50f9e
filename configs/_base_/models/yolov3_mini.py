# YOLOv3 at about a quarter of its width for 112 x 112 key frames on CPUs. mmdet's
# Darknet-53 has no width; CSPDarknet, its successor, has. Two scales, strides 16 and 8,
# with the COCO anchors of those strides: 112 is no multiple of 32, and the largest
# anchors are larger than the image.
_base_ = "./yolov3_d53.py"

model = dict(
    data_preprocessor=dict(mean=[114.0, 114.0, 114.0], std=[58.0, 58.0, 58.0]),
    detector=dict(
        backbone=dict(
            _delete_=True,
            type="mmdet.CSPDarknet",
            # in, out, blocks, shortcut, spatial pyramid pooling
            arch_ovewrite=[
                (64, 128, 1, True, False),
                (128, 256, 2, True, False),
                (256, 512, 2, True, True),
            ],
            widen_factor=0.25,
            out_indices=(2, 3),
            norm_cfg=dict(type="BN"),
            act_cfg=dict(type="LeakyReLU", negative_slope=0.1),
        ),
        neck=dict(num_scales=2, in_channels=[128, 64], out_channels=[64, 32]),
        bbox_head=dict(
            num_classes=8,
            in_channels=[64, 32],
            out_channels=[128, 64],
            anchor_generator=dict(
                base_sizes=[
                    [(30, 61), (62, 45), (59, 119)],
                    [(10, 13), (16, 30), (33, 23)],
                ],
                strides=[16, 8],
            ),
            featmap_strides=[16, 8],
        ),
        test_cfg=dict(nms_pre=300, max_per_img=50),
    ),
)
