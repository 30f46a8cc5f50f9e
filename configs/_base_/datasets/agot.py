# Agot (restaurant footage).
_base_ = "./clips.py"

data_root = "data/agot"
num_classes = 24
__dataset = dict(
    type="stal_plugin.AgotDataset", data_root=data_root, num_classes=num_classes
)

train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)

# Actions come and go: the linker of live use, whose tubes end (YOWO's span the video).
test_evaluator = [
    {{_base_.val_evaluator}},
    dict(type="stal_plugin.VideoMAP", linker="online"),
]
