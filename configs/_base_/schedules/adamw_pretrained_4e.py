# Four epochs for pretrained branches: their learning rate is a tenth of the others'.
# (mmengine's OneCycleLR would give all the same.)
_base_ = "./adamw_mini.py"

train_cfg = dict(max_epochs=4, val_interval=4)
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={"backbone_2d": dict(lr_mult=0.1), "backbone_3d": dict(lr_mult=0.1)}
    )
)
param_scheduler = [
    dict(
        type="mmengine.LinearLR",
        start_factor=0.04,
        end=1,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    dict(
        type="mmengine.CosineAnnealingLR",
        T_max=3,
        begin=1,
        end=4,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
