# Center3D, corrected (a class for each actor, who stays visible), its second stage a
# pretrained MoViNet; the first stage starts from scratch.
_base_ = [
    "../_base_/models/center3d_mini.py",
    "../_base_/movinet_a0.py",
    "../_base_/datasets/weizmann_pretrained.py",
    "../_base_/schedules/adamw_pretrained_4e.py",
    "../_base_/default_runtime.py",
]

__movinet = _base_.movinet_a0
model = dict(
    data_preprocessor=dict(mean=[0.0, 0.0, 0.0], std=[255.0, 255.0, 255.0]),
    classifier_input="blend",
    blend_weight=0.3,
    classifier=dict(
        per="actor",
        pool_size=3,
        num_classes=10,
        in_channels=480,
        loss_cls=dict(num_classes=10),
        backbone=dict(_delete_=True, frozen_stages=3, **__movinet),
    ),
)
# the learning rate of the pretrained part alone is lower
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={"classifier.backbone": dict(lr_mult=0.1)},
    )
)
