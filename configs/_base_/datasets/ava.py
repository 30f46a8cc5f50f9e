# AVA Actions, val part as test. Write it with tools/dataset_converters/ava.py (see
# docs/data.md). Key frames are the labelled seconds; a person has several actions.
_base_ = "./clips.py"

data_root = "data/ava"
num_classes = 80
__dataset = dict(
    type="stal_plugin.AVADataset", data_root=data_root, num_classes=num_classes
)

train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)

# The mean is over the 60 actions that AVA's own evaluation has; see AVADataset. Labels
# of single seconds are no tubes: no video-mAP.
val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5, protocol="ava")
test_evaluator = [val_evaluator]
