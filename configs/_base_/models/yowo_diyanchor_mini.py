# YOWO with K-means anchors of the boxes of the mini stand-in for Agot, in pixels.
_base_ = "./yowo_mini.py"

model = dict(
    bbox_head=dict(
        prior_generator=dict(
            _delete_=True,
            type="stal_plugin.KMeansAnchorGenerator",
            strides=[16],
            num_anchors=5,
            ann_file="data/agot-mini/annotations.csv",
            input_size=(112, 112),
            metric="euclidean",
        ),
    ),
)
