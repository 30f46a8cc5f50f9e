# CPU-size form of yowo-published_jhmdb.py, on Agot. The warm-up has the same share of
# an epoch, 56 %.
_base_ = "./yowo_agot.py"

train_pipeline = _base_.train_pipeline
train_pipeline[0].pad_mode = "wrap"
test_pipeline = _base_.test_pipeline
test_pipeline[0].pad_mode = "wrap"
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

model = dict(
    backbone=dict(backbone_3d=dict(shortcut="A-detached")),
    train_cfg=dict(reduction="sum", anchor_warmup=1100),
    test_cfg=dict(nms=dict(class_agnostic=True)),
)
