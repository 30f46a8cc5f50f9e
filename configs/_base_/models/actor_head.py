# Who does what, from a detector and a clip network that were trained elsewhere: YOLOX
# finds people, the linker follows them, a causal MoViNet looks at a crop of each. Both
# are frozen; a head of a data set's own classes is the only part that is trained. The
# published int8 file of MoViNet-A0 has ReLU6 and no squeeze-excitation. A leaf says
# where the clip network's weights are: clip_network=dict(init_cfg=...), with the
# movinet_weights below.
_base_ = ["./yolox_nano_person.py", "../movinet_a0.py"]

__movinet = dict(_base_.movinet_a0)
movinet_weights = __movinet.pop("init_cfg")

model = dict(
    type="stal_plugin.ActorDetector",
    person_detector=dict(
        type="stal_plugin.PersonDetector",
        detector={{_base_.localizer}},
        size=(416, 416),
        class_names=("person",),
        test_cfg=dict(score_thr=0.25, max_people=20),
    ),
    clip_network=__movinet,
    head=dict(
        type="stal_plugin.ActorHead",
        in_channels=480,
        num_classes=24,
        window=8,
        dropout=0.3,
    ),
    # With gamma = beta = 0 this is cross entropy.
    loss_cls=dict(type="stal_plugin.ENFLoss", num_classes=24, gamma=0.0, beta=0.0),
    # the head's window is all that is remembered
    view=dict(kind="crop", size=172, context=1.3, history=0),
    test_cfg=dict(score_thr=0.005, all_classes=True, max_per_img=100, detect_every=1),
)
