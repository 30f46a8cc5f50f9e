default_scope = "mmaction"
custom_imports = dict(imports=["tiny_parts"], allow_failed_imports=False)
model = dict(type="mmengine.TinyNet")
loader = dict(batch_size=4, num_workers=0, collate_fn=dict(type="pseudo_collate"))
train_dataloader = dict(
    **loader,
    dataset=dict(type="mmengine.TinyDataset"),
    sampler=dict(type="DefaultSampler", shuffle=True),
)
val_dataloader = test_dataloader = dict(
    **loader,
    dataset=dict(type="mmengine.TinyDataset"),
    sampler=dict(type="DefaultSampler", shuffle=False),
)
val_evaluator = test_evaluator = dict(type="mmengine.TinyAccuracy")
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=0.01),
    clip_grad=dict(max_norm=10.0),
)
param_scheduler = dict(type="OneCycleLR", eta_max=0.02, total_steps=12, by_epoch=False)
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=2, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(
    checkpoint=dict(type="CheckpointHook", interval=1, save_best="tiny/accuracy"),
)
custom_hooks = [
    dict(type="stal_plugin.RNGStateHook"),
    dict(type="stal_plugin.SampleSeedHook"),
    dict(type="stal_plugin.NonFiniteLossHook"),
    dict(type="stal_plugin.PeakMemoryHook"),
    dict(type="stal_plugin.CleanCheckpointHook"),
    dict(type="EMAHook", ema_type="ExponentialMovingAverage", momentum=0.1),
]
