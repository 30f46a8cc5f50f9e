# Six epochs instead of eight: for the recipe of yowo_mini.py, which needs no more.
_base_ = "./adamw_mini.py"

train_cfg = dict(max_epochs=6, val_interval=3)
param_scheduler = [
    dict(
        type="mmengine.OneCycleLR",
        eta_max=2e-3,
        pct_start=0.2,
        total_steps=6,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
