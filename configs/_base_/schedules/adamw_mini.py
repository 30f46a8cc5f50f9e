# Eight epochs of AdamW with one learning-rate cycle, for the mini configs.
train_cfg = dict(type="mmengine.EpochBasedTrainLoop", max_epochs=8, val_interval=4)
optim_wrapper = dict(
    type="mmengine.OptimWrapper",
    optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.01, fused=True),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [
    dict(
        type="mmengine.OneCycleLR",
        eta_max=2e-3,
        pct_start=0.2,
        total_steps=8,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
