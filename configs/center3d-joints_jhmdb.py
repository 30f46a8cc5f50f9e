# Center3D on J-HMDB's own 15 joints instead of points of the box, else
# center3d_jhmdb.py. The joints are in the release, not in JHMDB-GT.pkl.
_base_ = [
    "./_base_/models/center3d_r18.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/adam_centernet.py",
    "./_base_/default_runtime.py",
]

model = dict(
    localizer=dict(bbox_head=dict(num_keypoints=15, keypoint_source="gt")),
    classifier=dict(
        num_classes=21, loss_cls=dict(num_classes=21), backbone=dict(in_channels=15)
    ),
)
train_dataloader = dict(dataset=dict(keypoint_file="keypoints.npz"))
