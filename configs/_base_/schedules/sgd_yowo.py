# The schedule of the paper's code: SGD, learning rate halved at 30, 40, 50 and 60
# thousand iterations. Its "sum of losses, lr 1e-4 / 12, decay 5e-4 * 12" at batch 12
# is the same update as "mean over clips, lr 1e-4, decay 5e-4".
train_cfg = dict(type="mmengine.EpochBasedTrainLoop", max_epochs=14, val_interval=1)
optim_wrapper = dict(
    type="mmengine.OptimWrapper",
    optimizer=dict(type="SGD", lr=1e-4, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(
        type="mmengine.MultiStepLR",
        by_epoch=False,
        milestones=[30000, 40000, 50000, 60000],
        gamma=0.5,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=12)
