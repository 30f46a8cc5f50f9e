# The frozen actor detector whose clip network looks at the whole frame, once for all
# people; each person's features are cut out of its map.
_base_ = [
    "../_base_/models/actor_head.py",
    "../_base_/datasets/own_actor.py",
    "../_base_/schedules/adamw_head.py",
    "../_base_/default_runtime.py",
]

data_root = "data/weizmann/daria"
num_classes = 10
model = dict(
    view=dict(kind="frame"),
    clip_network=dict(init_cfg={{_base_.movinet_weights}}),
    head=dict(num_classes=num_classes),
    loss_cls=dict(num_classes=num_classes),
)

__dataset = dict(data_root=data_root, num_classes=num_classes)
train_dataloader = dict(dataset=dict(dataset=__dataset))
val_dataloader = dict(dataset=dict(dataset=__dataset))
test_dataloader = val_dataloader

test_evaluator = [
    {{_base_.val_evaluator}},
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
