# The Weizmann actions for branches pretrained at larger size: 8 frames of 160 x 160
# that span 0.9 s.
_base_ = "./weizmann.py"

__pipeline = dict(
    sample=dict(clip_len=8, frame_interval=3),
    resize=dict(scale=(160, 160)),
)
train_dataloader = dict(dataset=dict(pipeline=__pipeline, keyframe_stride=4))
val_dataloader = dict(dataset=dict(pipeline=__pipeline))
test_dataloader = val_dataloader
