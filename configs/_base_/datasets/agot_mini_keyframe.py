# The mini stand-in for detectors that see the key frame only: clips of one frame, else
# agot_mini.py.
_base_ = "./agot_mini.py"

train_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=1),
    dict(type="stal_plugin.DecodeClip", max_open=64),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="stal_plugin.JitterResize", scale=(112, 112), jitter=0.2),
    dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys={{_base_.meta_keys}}),
]
test_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=1, test_mode=True),
    dict(type="stal_plugin.DecodeClip", max_open=64),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="mmaction.Resize", scale=(112, 112), keep_ratio=False),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys={{_base_.meta_keys}}),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
