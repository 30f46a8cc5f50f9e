# MoViNet-A0 as Google's int8 file has it, causal, with ReLU6 and without
# squeeze-excitation, trained on Kinetics-600: a 3D branch of stride 32.
movinet_a0 = dict(
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
)
