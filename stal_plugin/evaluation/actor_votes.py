"""From rows of detections to actors with a score for each class."""

import numpy as np

from stal_plugin.datasets.keyframe_index import group_boxes
from stal_plugin.evaluation.detections import Detections


def actor_votes(
    rows: Detections, num_classes: int, per_class: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Join the rows that share a frame and a box.

    Args:
        rows: Detections of one frame, or of several.
        num_classes: K.
        per_class: Whether rows with different labels stay apart.

    Returns:
        First row ``(B,)`` of each box, ascending, and its scores by class ``(B, K)``,
        0 for a class it was not given.
    """
    apart = rows.labels if per_class else np.zeros(len(rows), np.int64)
    box = group_boxes(rows.frame_ids, rows.boxes, apart)
    _, first = np.unique(box, return_index=True)
    votes = np.zeros((len(first), num_classes))
    np.maximum.at(votes, (box, rows.labels), rows.scores)
    return first, votes
