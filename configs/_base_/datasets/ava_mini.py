# A few segments of AVA's movies with a list of 30 actions (see ../../mini/yowo_ava.py):
# 8 frames of 112 x 112. Training is short: no DistortClip.
_base_ = "./clips.py"

data_root = "data/ava_mini"
num_classes = 30
__pipeline = dict(
    sample=dict(clip_len=8, frame_interval=2),
    decode=dict(max_open=64),
    resize=dict(scale=(112, 112)),
)
__dataset = dict(
    type="stal_plugin.AVADataset",
    data_root=data_root,
    num_classes=num_classes,
    pipeline=__pipeline,
)

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(__dataset, pipeline=dict(__pipeline, distort=None)),
)
val_dataloader = dict(batch_size=8, num_workers=1, dataset=__dataset)
test_dataloader = dict(batch_size=8, num_workers=1, dataset=__dataset)

val_evaluator = dict(type="stal_plugin.FrameMAP", iou_thrs=0.5, protocol="ava")
test_evaluator = [val_evaluator]
