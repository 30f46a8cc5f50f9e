# Actor detector on Agot: YOLOX and MoViNet as trained elsewhere, and a layer of 24
# actions that learns from kept features. See docs/actor.md. Actions of the hands are
# short: 12.5 steps a second of 25 frames.
_base_ = [
    "./_base_/models/actor_head.py",
    "./_base_/datasets/own_actor.py",
    "./_base_/schedules/adamw_head.py",
    "./_base_/default_runtime.py",
]

data_root = "data/agot"
num_classes = 24
model = dict(clip_network=dict(init_cfg={{_base_.movinet_weights}}))

__dataset = dict(
    type="stal_plugin.AgotDataset", data_root=data_root, num_classes=num_classes
)
train_dataloader = dict(dataset=dict(dataset=__dataset))
val_dataloader = dict(dataset=dict(dataset=__dataset))
test_dataloader = val_dataloader

# Actions come and go: the linker of live use, as in _base_/datasets/agot.py.
test_evaluator = [
    {{_base_.val_evaluator}},
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
