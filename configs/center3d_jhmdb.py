# arXiv:2012.08097, table 2, row "Center3D", as its text has it: classes from keypoint
# heatmaps alone. The keypoints are nine points of the box, so that this also runs on
# JHMDB-GT.pkl; for the 15 joints set keypoint_file="keypoints.npz" in the data sets and
# num_keypoints=15, keypoint_source="gt" in the head, in_channels=15 in the classifier.
_base_ = [
    "./_base_/models/center3d_r18.py",
    "./_base_/datasets/jhmdb.py",
    "./_base_/schedules/adam_centernet.py",
    "./_base_/default_runtime.py",
]

model = dict(
    classifier=dict(num_classes=21, loss_cls=dict(num_classes=21)),
)
