# Thirty epochs of AdamW for a linear layer on kept features: a minute or two.
train_cfg = dict(type="mmengine.EpochBasedTrainLoop", max_epochs=30, val_interval=10)
optim_wrapper = dict(
    type="mmengine.OptimWrapper",
    optimizer=dict(type="AdamW", lr=5e-3, weight_decay=0.05),
)
param_scheduler = [
    dict(
        type="mmengine.CosineAnnealingLR",
        T_max=30,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
