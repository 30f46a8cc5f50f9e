# arXiv:2012.08097, table 2, row "Baseline", with the faults of its code switched on:
# see docs/restudy.md, "Switches". The shortcut without gradient is on in yowo_jhmdb.py
# too.
_base_ = [
    "./_base_/models/yowo_d19_r18_jhmdb.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/sgd_yowo_jhmdb.py",
    "./_base_/default_runtime.py",
]

# Clips that would begin before the first frame take frames from the video's end.
__dataset = dict(pipeline=dict(sample=dict(pad_mode="wrap")))
train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)

model = dict(
    # The loss is a sum over clips; boxes are pulled to their anchors at first.
    train_cfg=dict(reduction="sum", anchor_warmup=12800),
    # Of two actors who overlap, one is lost.
    test_cfg=dict(nms=dict(class_agnostic=True)),
)
# For the sum over a batch of 12.
optim_wrapper = dict(optimizer=dict(lr=1e-4 / 12, weight_decay=5e-4 * 12))
