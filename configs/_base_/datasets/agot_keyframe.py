# Agot for detectors that see the key frame only: clips of one frame, else agot.py.
# The paper does not state the input size of its YOLOv3. Its frames are stored at
# 224 x 224 pixels, and YOWO sees them at that size, so this is 224 too; YOLOv3's own
# size is (416, 416).
_base_ = "./agot.py"

train_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=1),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="stal_plugin.JitterResize", scale=(224, 224), jitter=0.2),
    dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    dict(type="stal_plugin.DistortClip", hue=0.1, saturation=1.5, exposure=1.5),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys={{_base_.meta_keys}}),
]
test_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=1, test_mode=True),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="mmaction.Resize", scale=(224, 224), keep_ratio=False),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys={{_base_.meta_keys}}),
]
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=64, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
