# MultiSports, its validation part as test. Write it with tools/data.py import --from
# multisports (see docs/data.md). Actions last a part of a clip of minutes.
_base_ = "./clips.py"

data_root = "data/multisports"
num_classes = 66
__dataset = dict(
    type="stal_plugin.MultiSportsDataset",
    data_root=data_root,
    num_classes=num_classes,
)

# Frames where nobody acts are most of all; one in ten of them trains as background.
train_dataloader = dict(dataset=dict(__dataset, empty_ratio=0.1))
val_dataloader = dict(dataset=dict(__dataset, keyframe_stride=8))
test_dataloader = dict(dataset=dict(__dataset, keyframe_stride=1))

# The mean is over the 60 actions that MultiSports' own evaluation has; see
# MultiSportsDataset. Tubes must end: no Viterbi linker.
val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5, protocol="multisports")
test_evaluator = [
    val_evaluator,
    dict(type="stal_plugin.VideoMAP", protocol="multisports", linker="moc"),
]
