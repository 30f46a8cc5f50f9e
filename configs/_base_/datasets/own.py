# Your own footage, imported with tools/data.py. The leaf that tools/new_config.py
# writes adds data_root, num_classes, the pipelines and the batch sizes.
train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=True),
    dataset=dict(
        type="stal_plugin.STALDataset",
        ann_file="annotations.csv",
        split="train",
    ),
)
val_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="mmengine.DefaultSampler", shuffle=False),
    dataset=dict(
        type="stal_plugin.STALDataset",
        ann_file="annotations.csv",
        split="test",
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5)
test_evaluator = val_evaluator
