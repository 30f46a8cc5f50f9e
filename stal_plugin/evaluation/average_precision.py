"""Area under a precision-recall curve."""

import numpy as np


def precision_recall(
    true_positive: np.ndarray, num_gt: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return recall and precision after each detection.

    Args:
        true_positive: ``(M,)`` bool, detections by falling score.
        num_gt: Number of ground-truth boxes, at least 1.

    Returns:
        Recall ``(M,)``, not falling, and precision ``(M,)``.
    """
    found = np.cumsum(true_positive)
    return found / num_gt, found / np.arange(1, len(found) + 1)


def all_point_average_precision(recall: np.ndarray, precision: np.ndarray) -> float:
    """Integrate the precision envelope over recall (PASCAL VOC since 2010).

    The precision at a recall r is the largest one at any recall >= r; it is 0 beyond
    the last recall that was reached.

    Args:
        recall: ``(M,)``, not falling.
        precision: ``(M,)``.

    Returns:
        Area, 0 to 1; 0 without detections.
    """
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))
