# yowo_enfloss_agot.py without its 3D branch: a control that sees the key frame only.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

model = dict(
    backbone=dict(backbone_3d=None),
    neck=dict(in_channels=(128,)),
    bbox_head=dict(
        loss_cls=dict(
            beta=0.7,
            form="paper",
            normalize="none",
            loss_weight=1.0,
            samples_per_class=dict(
                ann_file="data/agot-mini/annotations.csv", unit="frames"
            ),
        ),
    ),
)
