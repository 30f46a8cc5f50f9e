"""Class-agnostic non-maximum suppression over all frames at once."""

import numpy as np

from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.matching import overlapping_pairs


def suppress_overlaps(boxes: Detections, iou_thr: float = 0.4) -> Detections:
    """Drop boxes that overlap a better kept box of their frame, whatever the class.

    YOWO does so before it counts localization recall and classification accuracy, so
    that one actor is one candidate with its best class.

    Args:
        boxes: One row per box, by falling score, as ``one_row_per_box`` returns them.
        iou_thr: A box goes if its IoU with a better kept box is larger.

    Returns:
        The kept rows, in their order.
    """
    better, worse = overlapping_pairs(boxes.frame_ids, boxes.boxes, iou_thr)
    keep = np.ones(len(boxes), bool)
    # The greedy result is the fixed point of "drop what a kept better box covers";
    # the best boxes are right from the start, each round settles the next ones.
    while True:
        updated = np.ones(len(boxes), bool)
        updated[worse[keep[better]]] = False
        if np.array_equal(updated, keep):
            return boxes.take(keep)
        keep = updated
