# Four epochs instead of eight: for yowo_fpn_mini.py, whose boxes fit sooner.
_base_ = "./adamw_mini.py"

train_cfg = dict(max_epochs=4, val_interval=2)
param_scheduler = [
    dict(
        type="mmengine.OneCycleLR",
        eta_max=2e-3,
        pct_start=0.2,
        total_steps=4,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
