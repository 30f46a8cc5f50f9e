# Actor detector whose clip network learns too, but for its first three stages, in clips
# of eight steps.
_base_ = [
    "../_base_/models/actor_head.py",
    "../_base_/datasets/own_actor.py",
    "../_base_/schedules/adamw_pretrained_4e.py",
    "../_base_/default_runtime.py",
]

data_root = "data/weizmann/daria"
num_classes = 10
model = dict(
    clip_network=dict(init_cfg={{_base_.movinet_weights}}, frozen_stages=3),
    head=dict(num_classes=num_classes),
    loss_cls=dict(num_classes=num_classes),
    train_cfg=dict(frozen=("person_detector",)),
)

__dataset = dict(data_root=data_root, num_classes=num_classes)
__test = dict(dataset=dict(dataset=__dataset))
__kept = _base_.train_dataloader.dataset.dataset
__pipeline = dict(__kept.pipeline, sample=dict(__kept.pipeline.sample, clip_len=8))
__clips = dict(__kept, **__dataset, pipeline=__pipeline, keyframe_stride=8)
train_dataloader = dict(
    batch_size=8, num_workers=1, dataset=dict(_delete_=True, **__clips)
)
val_dataloader = __test
test_dataloader = val_dataloader

test_evaluator = [
    {{_base_.val_evaluator}},
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={"clip_network": dict(lr_mult=0.1)})
)
