# Twelve epochs instead of eight: for footage of one's own, with all augmentation.
_base_ = "./adamw_mini.py"

train_cfg = dict(max_epochs=12)
param_scheduler = [
    dict(
        type="mmengine.OneCycleLR",
        eta_max=2e-3,
        pct_start=0.2,
        total_steps=12,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
