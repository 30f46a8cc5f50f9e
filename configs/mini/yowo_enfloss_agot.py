# CPU-size child of yowo_enfloss_agot.py: the paper's setting of ENFLoss, whose weight
# is 3.33 for every class, x 1.5 = 5. The other mini configs have that weight as a plain
# factor, so this is yowo_diyanchor_agot.py but for the name.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        loss_cls=dict(
            beta=0.7,
            form="paper",
            normalize="none",
            loss_weight=1.5,
            samples_per_class=dict(
                ann_file="data/agot-mini/annotations.csv", unit="frames"
            ),
        ),
    ),
)
