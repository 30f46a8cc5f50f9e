# Paper, Table 2, row "Baseline": YOWO on J-HMDB-21, split 1.
_base_ = [
    "./_base_/models/yowo_d19_r18.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        num_classes=21,
        loss_cls=dict(num_classes=21),
        # J-HMDB anchors of YOWO: its grid cells times 32, in pixels at 224 x 224.
        prior_generator=dict(
            base_sizes=[
                [(31, 99), (54, 128), (56, 181), (99, 186), (157, 200)],
            ],
        ),
    ),
)
# The code halves the rate at 10, 20, 30 and 40 thousand iterations; split 1 has 1,893
# per epoch. The number of epochs is not known; 24 end after the last step.
train_cfg = dict(max_epochs=24)
param_scheduler = [
    dict(
        type="mmengine.MultiStepLR",
        by_epoch=False,
        milestones=[10000, 20000, 30000, 40000],
        gamma=0.5,
    ),
]
