# yowo-fused_agot.py with a class loss on the 3D map in training, inside of true boxes:
# it teaches the 3D branch motion and costs nothing afterwards (docs/restudy.md).
_base_ = [
    "../_base_/models/yowo_fused_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    auxiliary_head=dict(
        type="stal_plugin.BoxClassHead",
        num_classes=8,
        in_channels=128,
        loss_cls=dict(type="mmdet.CrossEntropyLoss", loss_weight=10 / 3),
    ),
)
