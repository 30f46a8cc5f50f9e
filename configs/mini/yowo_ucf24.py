# Real video: a few clips of UCF101-24 in data/ucf24_mini, made with tubes_pkl.py of
# tools/dataset_converters (see docs/data.md). Trains on the first 70 % of each
# video's frames, tests on the rest of them and on videos kept for split "unseen";
# the two are reported side by side.
_base_ = "./yowo_diyanchor_agot.py"

data_root = "data/ucf24_mini"
num_classes = 6

model = dict(
    bbox_head=dict(
        num_classes=num_classes,
        loss_cls=dict(num_classes=num_classes),
        prior_generator=dict(ann_file="data/ucf24_mini/annotations.csv"),
    ),
)
train_dataloader = dict(
    dataset=dict(
        type="stal_plugin.UCF24Dataset",
        data_root=data_root,
        num_classes=num_classes,
        keyframe_stride=1,
        empty_ratio=1.0,
    ),
)
val_dataloader = dict(
    dataset=dict(
        type="stal_plugin.UCF24Dataset",
        data_root=data_root,
        num_classes=num_classes,
        split=["test", "unseen"],
        keyframe_stride=4,
    ),
)
test_dataloader = dict(
    dataset=dict(
        type="stal_plugin.UCF24Dataset",
        data_root=data_root,
        num_classes=num_classes,
        split=["test", "unseen"],
        keyframe_stride=1,
    ),
)
val_evaluator = dict(per_split=True)
test_evaluator = [
    dict(type="stal_plugin.FrameMAP", iou_thrs=0.5, per_split=True),
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
