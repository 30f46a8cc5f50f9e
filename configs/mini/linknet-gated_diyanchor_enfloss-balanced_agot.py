# CPU-size child of linknet-gated_diyanchor_enfloss-balanced_agot.py.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/links.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    backbone=dict(links={{_base_.links.gated_expand_conv3d}}),
    bbox_head=dict(
        loss_cls=dict(
            beta=0.999,
            form="inverse",
            normalize="instance",
            loss_weight=5.0,
            samples_per_class=dict(
                ann_file="data/agot-mini/annotations.csv", unit="frames"
            ),
        ),
    ),
)
