# YOLOX-nano finds people, MoViNet-A0 (stream) names what each of them does: 600 names,
# nothing to train. `stal predict VIDEO --model kinetics600` puts the weights together.
_base_ = "./actor_head.py"

num_classes = 600
model = dict(
    head=dict(
        _delete_=True,
        type="stal_plugin.MoViNetHead",
        num_classes=num_classes,
        in_channels=480,
        hidden_activation="relu6",
    ),
    loss_cls=None,
    view=dict(history=48),
    test_cfg=dict(score_thr=0.01, detect_every=2),
)

# One step of the clip network per frame of a clip, six per second of video.
test_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=16, test_mode=True),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(
        type="stal_plugin.PackClipInputs",
        meta_keys=("video_id", "frame", "img_shape", "original_shape"),
    ),
]
