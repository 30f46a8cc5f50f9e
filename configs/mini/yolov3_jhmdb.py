# CPU-size child of yolov3_jhmdb.py, on the J-HMDB stand-in.
_base_ = [
    "../_base_/models/yolov3_mini.py",
    "../_base_/datasets/jhmdb_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

# Clips of one frame, the key frame.
__dataset = dict(pipeline=dict(sample=dict(clip_len=1)))
train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)
