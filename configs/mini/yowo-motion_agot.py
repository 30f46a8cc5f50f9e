# CPU-size child of yowo-motion_agot.py, from random weights and on differences alone:
# what `make demo` trains, in six epochs.
# The 2D branch, which has only boxes and objectness left to learn, is twice as wide as
# in the other mini configs; the stem halves the time at once and the fusion is half as
# wide: cheaper, and not worse. Objectness of actors counts three times, so that none
# is missed. How this was found: docs/recipe.md.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

model = dict(
    backbone=dict(
        motion_input="differences",
        backbone_2d=dict(width=0.25),
        backbone_3d=dict(
            stem_stride=(2, 2, 2), pool_kernel=(1, 3, 3), pool_stride=(1, 2, 2)
        ),
    ),
    neck=dict(in_channels=(256, 128), channels=128, pass_on=(1,)),
    bbox_head=dict(
        type="stal_plugin.RoIClassYOWOHead",
        in_channels=128,
        cls_in_channels=128,
        loss_cls=dict(gamma=0.0, loss_weight=5.0),  # cross-entropy
    ),
    train_cfg=dict(scales=dict(object=3.0)),
)
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
