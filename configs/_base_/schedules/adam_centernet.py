# CenterNet's defaults, Adam at 1.25e-4 (for 32 images per batch), in as many epochs as
# YOWO has here; the learning rate drops to a tenth at 9/14 and 12/14 of them, as there.
train_cfg = dict(type="mmengine.EpochBasedTrainLoop", max_epochs=14, val_interval=1)
optim_wrapper = dict(
    type="mmengine.OptimWrapper",
    optimizer=dict(type="Adam", lr=1.25e-4),
)
param_scheduler = [
    dict(type="mmengine.MultiStepLR", by_epoch=True, milestones=[9, 12], gamma=0.1),
]
auto_scale_lr = dict(enable=False, base_batch_size=32)
