# YOLOX-nano finds people, MoViNet-A0 (stream) names what each of them does: 600 names,
# nothing to train. What the published int8 file holds has ReLU6 and no squeeze-
# excitation. `stal predict VIDEO --model kinetics600` puts the weights together.
_base_ = "./yolox_nano_person.py"

num_classes = 600
model = dict(
    type="stal_plugin.ActorDetector",
    person_detector=dict(
        type="stal_plugin.PersonDetector",
        detector={{_base_.localizer}},
        size=(416, 416),
        class_names=("person",),
        test_cfg=dict(score_thr=0.25, max_people=20),
    ),
    clip_network=dict(
        type="stal_plugin.MoViNet",
        arch="A0",
        causal=True,
        se_type="none",
        activation="relu6",
    ),
    head=dict(
        type="stal_plugin.MoViNetHead",
        num_classes=num_classes,
        in_channels=480,
        hidden_activation="relu6",
    ),
    view=dict(kind="crop", size=172, context=1.3, history=48),
    test_cfg=dict(score_thr=0.01, all_classes=True, max_per_img=100, detect_every=2),
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
