# YOWO with K-means anchors of the boxes of Agot, in pixels.
_base_ = "./yowo_d19_r18.py"

model = dict(
    bbox_head=dict(
        prior_generator=dict(
            _delete_=True,
            type="stal_plugin.KMeansAnchorGenerator",
            strides=[32],
            num_anchors=5,
            ann_file="data/agot/annotations.csv",
            input_size=(224, 224),
            metric="euclidean",
        ),
    ),
)
