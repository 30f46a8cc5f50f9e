"""Non-maximum suppression over all frames at once."""

import numpy as np

from stal_plugin.structures.detections import Detections
from stal_plugin.structures.iou import overlapping_pairs


def suppress_overlaps(
    boxes: Detections,
    iou_thr: float = 0.4,
    per_class: bool = False,
    offset: float = 0.0,
) -> Detections:
    """Drop boxes that overlap a better kept box of their frame.

    Args:
        boxes: Rows by falling rank. One row per box, as ``one_row_per_box`` returns
            them, unless ``per_class``.
        iou_thr: A box goes if its IoU with a better kept box is larger.
        per_class: Only compare rows of the same label.
        offset: Added to widths and heights, see ``elementwise_iou``.

    Returns:
        The kept rows, in their order.
    """
    return boxes.take(survivors(boxes, iou_thr, per_class, offset))


def survivors(
    boxes: Detections, iou_thr: float, per_class: bool, offset: float
) -> np.ndarray:
    """Return the mask ``(M,)`` of the rows that :func:`suppress_overlaps` keeps."""
    keys = boxes.frame_ids.astype(np.int64)
    if per_class and len(boxes):
        keys = keys * (int(boxes.labels.max()) + 1) + boxes.labels
    better, worse = overlapping_pairs(keys, boxes.boxes, iou_thr, offset)
    return greedy_survivors(len(boxes), better, worse)


def greedy_survivors(num: int, better: np.ndarray, worse: np.ndarray) -> np.ndarray:
    """Keep, going from the best to the worst, what no kept better one covers.

    Args:
        num: Number of candidates N, the best first.
        better: ``(E,)`` the better one of each pair that overlaps too much.
        worse: ``(E,)`` the worse one, of a larger index.

    Returns:
        ``(N,)`` bool.
    """
    keep = np.ones(num, bool)
    # The greedy result is the fixed point of "drop what a kept better one covers";
    # the best are right from the start, each round settles the next ones.
    while True:
        updated = np.ones(num, bool)
        updated[worse[keep[better]]] = False
        if np.array_equal(updated, keep):
            return keep
        keep = updated
