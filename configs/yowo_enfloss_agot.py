# arXiv:2012.08097, table 3, row "ENFLoss", on top of DIYAnchorBox: focal loss (gamma =
# 2) times the printed weight (1 - beta^n) / (1 - beta) with beta = 0.7. What this does:
# for every class of more than about 30 frames the weight is 1 / 0.3 = 3.33, so the
# classes are NOT balanced; the classification loss is 3.33 times larger. The config
# that balances is yowo_enfloss-balanced_agot.py.
_base_ = [
    "./_base_/models/yowo_diyanchor_agot.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        loss_cls=dict(
            beta=0.7,
            form="paper",
            normalize="none",
            samples_per_class=dict(ann_file="data/agot/annotations.csv", unit="frames"),
        ),
    ),
)
