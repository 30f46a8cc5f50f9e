# Center3D, corrected (a class for each actor, who stays visible), its second stage a
# pretrained MoViNet; the first stage starts from scratch.
_base_ = [
    "../_base_/models/center3d_mini.py",
    "../_base_/datasets/weizmann_pretrained.py",
    "../_base_/schedules/adamw_pretrained_4e.py",
    "../_base_/default_runtime.py",
]

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
        backbone=dict(
            _delete_=True,
            type="stal_plugin.MoViNet",
            arch="A0",
            causal=True,
            se_type="none",
            activation="relu6",
            init_cfg=dict(
                type="stal_plugin.PretrainedIfPresent",
                checkpoint="weights/movinet-a0.pth",
                prefix="backbone.",
                made_by="python tools/convert_weights.py movinet "
                "movinet_a0_stream_int8.tflite weights/movinet-a0.pth",
            ),
        ),
    ),
)
# the learning rate of the pretrained part alone is lower
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={"classifier.backbone": dict(lr_mult=0.1)},
    )
)
