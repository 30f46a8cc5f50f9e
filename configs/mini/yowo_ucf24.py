# Real video: a few clips of UCF101-24 in data/ucf24_mini, made with
# tools/data.py import --from tubes (see docs/data.md). Trains on the first 70 % of each
# video's frames, tests on the rest of them and on videos kept for split "unseen";
# the two are reported side by side.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/ucf24_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        num_classes=6,
        loss_cls=dict(num_classes=6),
        prior_generator=dict(ann_file="data/ucf24_mini/annotations.csv"),
    ),
)
