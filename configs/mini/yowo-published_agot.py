# CPU-size form of yowo-published_jhmdb.py, on Agot. The warm-up has the same share of
# an epoch, 56 %.
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

# Clips that would begin before the first frame take frames from the video's end.
__dataset = dict(pipeline=dict(sample=dict(pad_mode="wrap")))
train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)

model = dict(
    backbone=dict(backbone_3d=dict(shortcut="A-detached")),
    train_cfg=dict(reduction="sum", anchor_warmup=1100),
    test_cfg=dict(nms=dict(class_agnostic=True)),
)
