"""Average precision: areas under a precision-recall curve, and AP by class.

The areas follow the rules in use; ``Protocol.integration`` names one of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.protocol import ClassMean


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
    num_right = np.cumsum(true_positive)
    return num_right / num_gt, num_right / np.arange(1, len(num_right) + 1)


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


@dataclass(frozen=True)
class ClassAP:
    """AP of every class at several IoU thresholds (I thresholds, K classes).

    Args:
        iou_thrs: ``(I,)``.
        ap: ``(I, K)``; NaN for a class without ground truth, 0 for one with ground
            truth but without detections.
        num_gt: ``(K,)`` ground-truth boxes or tubes.
        num_dets: ``(K,)`` detections that were counted.
        class_mean: Classes in the mean; see ``Protocol``.
    """

    iou_thrs: tuple[float, ...]
    ap: np.ndarray
    num_gt: np.ndarray
    num_dets: np.ndarray
    class_mean: ClassMean = "with ground truth"

    @property
    def in_mean(self) -> np.ndarray:
        """``(K,)`` bool, classes that the mean goes over."""
        if self.class_mean == "all":
            return np.ones(len(self.num_gt), bool)
        if self.class_mean == "with detections":
            return (self.num_gt > 0) & (self.num_dets > 0)
        return self.num_gt > 0

    @property
    def mean(self) -> np.ndarray:
        """``(I,)`` mean over the classes; 0.0 if there is none."""
        return self.mean_over(self.in_mean)

    def mean_over(self, classes: np.ndarray) -> np.ndarray:
        """Average over some classes; those without ground truth count as 0.

        Args:
            classes: ``(K,)`` bool.

        Returns:
            ``(I,)``; 0.0 if no class is chosen.
        """
        if not classes.any():
            return np.zeros(len(self.iou_thrs))
        return np.nan_to_num(self.ap[:, classes]).mean(1)


def average_by_class(
    true_positive: np.ndarray, labels: np.ndarray, num_gt: np.ndarray, integration: str
) -> np.ndarray:
    """Compute the AP of each class.

    Args:
        true_positive: ``(M,)`` bool, detections by class, then by falling score.
        labels: ``(M,)`` their classes, ascending.
        num_gt: ``(K,)``.
        integration: See ``Protocol``.

    Returns:
        ``(K,)``; NaN for a class without ground truth.
    """
    area = INTEGRATIONS[integration]
    edges = np.searchsorted(labels, np.arange(len(num_gt) + 1))
    ap = np.full(len(num_gt), np.nan)
    for label in np.flatnonzero(num_gt):
        part = true_positive[edges[label] : edges[label + 1]]
        ap[label] = area(*precision_recall(part, num_gt[label]))
    return ap


def check_thresholds(iou_thrs: Sequence[float]) -> tuple[float, ...]:
    """Require IoU thresholds in (0, 1].

    Raises:
        ValueError: One is not.
    """
    if not len(iou_thrs) or any(not 0 < thr <= 1 for thr in iou_thrs):
        raise ValueError(f"iou_thrs must be in (0, 1], got {tuple(iou_thrs)}")
    return tuple(iou_thrs)
