# UCF101-24, split 1. Write it with tools/data.py import --from tubes (see
# docs/data.md).
_base_ = "./clips.py"

data_root = "data/ucf24"
num_classes = 24
__dataset = dict(
    type="stal_plugin.UCF24Dataset", data_root=data_root, num_classes=num_classes
)

# YOWO's list of training frames has those with a box only.
train_dataloader = dict(dataset=dict(__dataset, empty_ratio=0.0))
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)
