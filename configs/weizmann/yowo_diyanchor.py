# K-means anchors of the training boxes instead of those of UCF101-24.
_base_ = [
    "../_base_/models/yowo_pretrained_mini.py",
    "../_base_/datasets/weizmann_pretrained.py",
    "../_base_/schedules/adamw_pretrained_4e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        num_classes=10,
        loss_cls=dict(num_classes=10),
        prior_generator=dict(
            _delete_=True,
            type="stal_plugin.KMeansAnchorGenerator",
            strides=[32],
            num_anchors=5,
            ann_file="data/weizmann/daria/annotations.csv",
            input_size=(160, 160),
            metric="euclidean",
        ),
    )
)
