# yowo-causal_agot.py, trained further on clips of 64 frames: on a stream its layers see
# a long past, which clips of 8 frames never show them (docs/live.md). After 6 epochs of
# that config:
#   python tools/train.py configs/mini/yowo-causal-stream_agot.py \
#       --load-from work_dirs/yowo-causal_agot/epoch_6.pth
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

model = dict(backbone=dict(backbone_3d=dict(causal=True)))

__dataset = dict(pipeline=dict(sample=dict(clip_len=64)))
train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)

train_cfg = dict(max_epochs=2, val_interval=2)
param_scheduler = [
    dict(
        type="mmengine.OneCycleLR",
        eta_max=1e-3,
        pct_start=0.2,
        total_steps=2,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
