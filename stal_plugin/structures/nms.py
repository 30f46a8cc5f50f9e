"""Non-maximum suppression over all frames at once."""

import numpy as np

from stal_plugin.structures.iou import overlapping_pairs


def nms_keep(
    keys: np.ndarray, boxes: np.ndarray, iou_thr: float = 0.4, offset: float = 0.0
) -> np.ndarray:
    """Suppress boxes that overlap a better kept box of the same key.

    Args:
        keys: ``(M,)`` integers; only boxes of equal key (a frame, or a frame and a
            class) are compared.
        boxes: ``(M, 4)`` xyxy, the best first.
        iou_thr: A box goes if its IoU with a better kept box is larger.
        offset: Added to widths and heights, see ``elementwise_iou``.

    Returns:
        ``(M,)`` bool, the boxes to keep.
    """
    better, worse = overlapping_pairs(keys.astype(np.int64), boxes, iou_thr, offset)
    return greedy_nms(len(boxes), better, worse)


def greedy_nms(num: int, better: np.ndarray, worse: np.ndarray) -> np.ndarray:
    """Keep, from the best to the worst, what does not overlap a kept better one.

    Args:
        num: Number of candidates N, the best first.
        better: ``(E,)`` the better one of each pair that overlaps too much.
        worse: ``(E,)`` the worse one, of a larger index.

    Returns:
        ``(N,)`` bool.
    """
    keep = np.ones(num, bool)
    # The greedy result is the fixed point of "drop what overlaps a kept better one";
    # the best are right from the start, each round settles the next ones.
    while True:
        updated = np.ones(num, bool)
        updated[worse[keep[better]]] = False
        if np.array_equal(updated, keep):
            return keep
        keep = updated
