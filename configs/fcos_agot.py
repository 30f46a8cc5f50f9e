# Another detector of mmdet on the key frame, by configuration alone.
_base_ = [
    "./_base_/models/fcos_r50.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_keyframe.py",
    "./_base_/default_runtime.py",
]

# Clips of one frame, the key frame.
train_dataloader = dict(
    batch_size=64,
    dataset=dict(pipeline=dict(sample=dict(clip_len=1, frame_interval=1))),
)
val_dataloader = dict(
    batch_size=64, dataset=dict(pipeline=dict(sample=dict(clip_len=1)))
)
test_dataloader = val_dataloader

optim_wrapper = dict(optimizer=dict(lr=1e-2))
