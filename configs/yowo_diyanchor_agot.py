# arXiv:2012.08097, table 3, row "DIYAnchorBox": K-means anchors of the training boxes,
# K = 5. The paper's code read normalised anchors as grid cells (7 times too small) and
# clustered the four classes of the most clips only; here all boxes count, in pixels.
_base_ = [
    "./_base_/models/yowo_diyanchor_agot.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]
