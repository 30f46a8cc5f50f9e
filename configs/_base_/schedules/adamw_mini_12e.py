# Twelve epochs instead of eight: for footage of one's own, with all augmentation.
_base_ = "./adamw_mini.py"

train_cfg = dict(max_epochs=12)
param_scheduler = _base_.param_scheduler
param_scheduler[0].total_steps = 12
