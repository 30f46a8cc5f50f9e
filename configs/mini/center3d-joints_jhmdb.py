# CPU-size child of center3d-joints_jhmdb.py, on the J-HMDB stand-in.
_base_ = [
    "../_base_/models/center3d_mini.py",
    "../_base_/datasets/jhmdb_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

model = dict(
    localizer=dict(bbox_head=dict(num_keypoints=15, keypoint_source="gt")),
    classifier=dict(backbone=dict(in_channels=15)),
)
train_dataloader = dict(dataset=dict(keypoint_file="keypoints.npz"))
