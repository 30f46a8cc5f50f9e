# CPU-size child of yowo_enfloss-balanced_agot.py. The mean weight of an instance is
# that of yowo_enfloss_agot.py, 3.33, so that the two differ in balance only.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
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
