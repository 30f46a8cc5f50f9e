# CPU-size child of yowo-motion_agot.py, from random weights and on differences alone:
# what `make demo` trains, in six epochs.
_base_ = [
    "../_base_/models/yowo_motion_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

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
