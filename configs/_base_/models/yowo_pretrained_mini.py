# YOWO of two light branches that learnt elsewhere: ShuffleNetV2 x0.5 (ImageNet) on the
# key frame, causal MoViNet-A0 (Kinetics-600) on the clip; 160 x 160, output stride 32.
# Classes come from the 3D map inside of each box, as those of yowo_mini.py do; the 3D
# branch sees frames, as it did before; its first three stages, a quarter of the time of
# a training step, stay as they are.
_base_ = ["./yowo_mini.py", "../movinet_a0.py"]

__movinet = _base_.movinet_a0
model = dict(
    # both branches were trained on values from 0 to 1
    data_preprocessor=dict(mean=[0.0, 0.0, 0.0], std=[255.0, 255.0, 255.0]),
    backbone=dict(
        motion_input="none",
        backbone_2d=dict(
            _delete_=True,
            type="stal_plugin.ShuffleNetV2",
            widen_factor=0.5,
            shuffle="before",
            init_cfg=dict(
                type="stal_plugin.PretrainedIfPresent",
                checkpoint="weights/shufflenetv2-05.pth",
                made_by="python tools/convert_weights.py shufflenetv2 "
                "shufflenetv2_x0.5.pth weights/shufflenetv2-05.pth",
            ),
        ),
        backbone_3d=dict(_delete_=True, frozen_stages=3, **__movinet),
    ),
    neck=dict(in_channels=(192, 480)),
    bbox_head=dict(
        cls_in_channels=480,
        # YOWO's anchors of UCF101-24 for 160 pixels
        prior_generator=dict(
            strides=[32],
            base_sizes=[[(16, 27), (28, 59), (37, 93), (53, 113), (80, 136)]],
        ),
    ),
)
