"""Average precision per class, of boxes or tubes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.average_precision import INTEGRATIONS, precision_recall
from stal_plugin.evaluation.protocol import ClassMean


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
