# Your own footage, imported with tools/data.py. The leaf that tools/new_config.py
# writes adds data_root, num_classes, the size of the clips and of the batches.
_base_ = "./clips.py"

__pipeline = dict(decode=dict(max_open=64))
train_dataloader = dict(num_workers=2, dataset=dict(pipeline=__pipeline))
val_dataloader = dict(num_workers=2, dataset=dict(pipeline=__pipeline))
test_dataloader = val_dataloader

test_evaluator = [{{_base_.val_evaluator}}]
