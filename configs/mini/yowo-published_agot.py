# CPU-size form of yowo-published_jhmdb.py, on Agot. The warm-up has the same share of
# an epoch, 56 %.
_base_ = [
    "../_base_/models/yowo_fused_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

# Clips that would begin before the first frame take frames from the video's end.
__dataset = dict(pipeline=dict(sample=dict(pad_mode="wrap")))
train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)

# YOWO as it is, without the recipe of yowo_mini.py.
model = dict(
    backbone=dict(
        motion_input="none",
        backbone_2d=dict(width=0.125),
        backbone_3d=dict(
            shortcut="A-detached",
            stem_stride=(1, 2, 2),
            pool_kernel=(3, 3, 3),
            pool_stride=(2, 2, 2),
        ),
    ),
    neck=dict(in_channels=(128, 128), channels=256),
    bbox_head=dict(in_channels=256, loss_cls=dict(gamma=2.0, loss_weight=10 / 3)),
    train_cfg=dict(scales=dict(object=1.0), reduction="sum", anchor_warmup=1100),
    test_cfg=dict(nms=dict(class_agnostic=True)),
)
