# Actor detector on AVA Actions: YOLOX and MoViNet as trained elsewhere, and a layer of
# 80 actions with a sigmoid each that learns from kept features. See docs/actor.md. AVA
# is labelled by the second: a person is looked at from one label to the next, and
# before the first one where that has the box (lead). Six steps a second of 30 frames,
# as in actor_kinetics600.py; eight of them are 1.3 seconds. A person has any number of
# the 80 actions: the best 500 of a frame are kept.
_base_ = [
    "./_base_/models/actor_head.py",
    "./_base_/datasets/own_actor.py",
    "./_base_/schedules/adamw_head.py",
    "./_base_/default_runtime.py",
]

data_root = "data/ava"
num_classes = 80
model = dict(
    clip_network=dict(init_cfg={{_base_.movinet_weights}}),
    head=dict(num_classes=num_classes),
    multilabel=True,
    loss_cls=dict(num_classes=num_classes, activation="sigmoid"),
    test_cfg=dict(max_per_img=500, detect_every=2),
)

__dataset = dict(
    type="stal_plugin.AVADataset",
    data_root=data_root,
    num_classes=num_classes,
    pipeline=dict(sample=dict(frame_interval=5)),
)
train_dataloader = dict(dataset=dict(lead=8, dataset=__dataset))
val_dataloader = dict(dataset=dict(dataset=__dataset))
test_dataloader = val_dataloader

# Rule and classes of AVA's own evaluation, as in _base_/datasets/ava.py.
val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5, protocol="ava")
test_evaluator = [val_evaluator]
