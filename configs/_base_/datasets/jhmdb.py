# J-HMDB-21, split 1. Other splits: data_root="data/jhmdb/split2". Write them with
# tools/dataset_converters/jhmdb.py (see docs/data.md).
# Joints: set keypoint_file="keypoints.npz" in the data sets; then gt_instances has
# keypoints and keypoints_visible.
_base_ = "./clips.py"

data_root = "data/jhmdb/split1"
num_classes = 21
__dataset = dict(
    type="stal_plugin.JHMDBDataset", data_root=data_root, num_classes=num_classes
)

train_dataloader = dict(dataset=__dataset)
val_dataloader = dict(dataset=__dataset)
test_dataloader = dict(dataset=__dataset)
