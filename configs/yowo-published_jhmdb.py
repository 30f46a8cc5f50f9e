# Paper, table 2, row "Baseline", with the faults of its code switched on: see
# docs/restudy.md, "Switches". The shortcut without gradient is on in yowo_jhmdb.py too.
_base_ = "./yowo_jhmdb.py"

# Clips that would begin before the first frame take frames from the video's end.
train_pipeline = _base_.train_pipeline
train_pipeline[0].pad_mode = "wrap"
test_pipeline = _base_.test_pipeline
test_pipeline[0].pad_mode = "wrap"
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader

model = dict(
    # The loss is a sum over clips; boxes are pulled to their anchors at first.
    train_cfg=dict(reduction="sum", anchor_warmup=12800),
    # Of two actors who overlap, one is lost.
    test_cfg=dict(nms=dict(class_agnostic=True)),
)
# For the sum over a batch of 12.
optim_wrapper = dict(optimizer=dict(lr=1e-4 / 12, weight_decay=5e-4 * 12))
