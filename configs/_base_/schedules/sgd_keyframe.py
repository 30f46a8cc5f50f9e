# Of mmdet's YOLOv3 configs: SGD with warm-up, clipped gradients, 30 epochs, for 64
# frames per batch.
train_cfg = dict(type="mmengine.EpochBasedTrainLoop", max_epochs=30, val_interval=1)
optim_wrapper = dict(
    type="mmengine.OptimWrapper",
    optimizer=dict(type="SGD", lr=1e-3, momentum=0.9, weight_decay=5e-4),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="mmengine.LinearLR", start_factor=0.1, by_epoch=False, begin=0, end=1000),
    dict(type="mmengine.MultiStepLR", by_epoch=True, milestones=[24, 28], gamma=0.1),
]
auto_scale_lr = dict(enable=False, base_batch_size=64)
