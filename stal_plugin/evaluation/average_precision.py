"""Area under a precision-recall curve, by the rules in use."""

from collections.abc import Callable

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


def precision_envelope(precision: np.ndarray) -> np.ndarray:
    """Return the largest precision at each point or behind it.

    Args:
        precision: ``(..., M)``, curves along the last axis.
    """
    return np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]


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
    envelope = precision_envelope(precision)
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))


def trapezoid_average_precision(recall: np.ndarray, precision: np.ndarray) -> float:
    """Join the points of the curve by straight lines, from (0, 1) on (ACT, MOC).

    There is no envelope, and nothing beyond the last recall that was reached.

    Args:
        recall: ``(M,)``, not falling.
        precision: ``(M,)``.

    Returns:
        Area, 0 to 1; 0 without detections.
    """
    return _trapezoids(np.append(0.0, recall), np.append(1.0, precision))


def eleven_point_average_precision(recall: np.ndarray, precision: np.ndarray) -> float:
    """Average the envelope at recall 0, 0.1, ..., 1 (PASCAL VOC 2007).

    A recall of 3 / 10 reaches the level 0.3, whatever floating point makes of it.

    Args:
        recall: ``(M,)``, not falling.
        precision: ``(M,)``.

    Returns:
        Mean of 11 precisions, 0 to 1; 0 without detections.
    """
    levels = np.arange(11) / 10 - 1e-9
    first = np.searchsorted(recall, levels, "left")
    envelope = np.append(precision_envelope(precision), 0.0)
    return float(envelope[first].mean())


def envelope_trapezoid_average_precision(
    recall: np.ndarray, precision: np.ndarray
) -> float:
    """Integrate trapezoids of the envelope with end points (0, 1), (1, 0) (YOWOv3).

    The line from the last point to (1, 0) adds (1 - recall) * precision / 2 for
    ground truth that was never found.

    Args:
        recall: ``(M,)``, not falling.
        precision: ``(M,)``.

    Returns:
        Area, 0 to 1; 0 without detections.
    """
    if not len(recall):
        return 0.0
    envelope = precision_envelope(np.concatenate([[1.0], precision, [0.0]]))
    return _trapezoids(np.concatenate([[0.0], recall, [1.0]]), envelope)


def _trapezoids(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1])) / 2)


INTEGRATIONS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "all-point": all_point_average_precision,
    "trapezoid": trapezoid_average_precision,
    "11-point": eleven_point_average_precision,
    "envelope-trapezoid": envelope_trapezoid_average_precision,
}
"""Functions of recall and precision by the name in ``Protocol.integration``."""
