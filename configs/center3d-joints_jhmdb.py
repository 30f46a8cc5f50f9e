# Center3D on J-HMDB's own 15 joints instead of points of the box, else
# center3d_jhmdb.py. The joints are in the release, not in JHMDB-GT.pkl.
_base_ = "./center3d_jhmdb.py"

model = dict(
    localizer=dict(bbox_head=dict(num_keypoints=15, keypoint_source="gt")),
    classifier=dict(backbone=dict(in_channels=15)),
)
train_dataloader = dict(dataset=dict(keypoint_file="keypoints.npz"))
