# Paper, Table 3, row "DIYAnchorBox": K-means anchors of the training boxes, K = 5.
# The paper's code read normalised anchors as grid cells (7 times too small) and
# clustered the four classes of the most clips only; here all boxes count, in pixels.
_base_ = "./yowo_agot.py"

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
