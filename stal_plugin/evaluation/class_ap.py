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


FREQUENCY_NAMES = ("head", "middle", "tail")


def frequency_groups(counts: np.ndarray, num_gt: np.ndarray) -> dict[str, np.ndarray]:
    """Split the evaluated classes into thirds by frequency.

    Args:
        counts: ``(K,)`` boxes of each class in training, or those of the ground truth
            itself. Of equal counts the class that comes first is the more frequent.
        num_gt: ``(K,)`` ground truth of each class; classes without are in no group.

    Returns:
        ``(K,)`` bool for ``head`` (most frequent), ``middle`` and ``tail``. If the
        classes do not divide by three, head gets one more, then middle.

    Raises:
        ValueError: The lengths differ.
    """
    counts = np.asarray(counts)
    if counts.shape != num_gt.shape:
        raise ValueError(
            f"class counts have shape {counts.shape}, expected {num_gt.shape}: one "
            "number for each class"
        )
    order = np.argsort(-counts, kind="stable")
    parts = np.array_split(order[num_gt[order] > 0], 3)
    places = np.arange(len(num_gt))
    named = zip(FREQUENCY_NAMES, parts, strict=True)
    return {name: np.isin(places, part) for name, part in named}


def paired_labels(
    classes: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> np.ndarray:
    """Look up, for each class, its partner in pairs such as time-reversed actions.

    Args:
        classes: K names.
        pairs: Pairs of names; a class is in one pair at most.

    Returns:
        ``(K,)`` label of the partner, -1 for a class in no pair.

    Raises:
        ValueError: A pair names an unknown class.
    """
    place = {name: k for k, name in enumerate(classes)}
    partner = np.full(len(classes), -1, np.int64)
    for pair in pairs:
        unknown = [name for name in pair if name not in place]
        if unknown:
            raise ValueError(f"the pair {tuple(pair)} names {unknown}, not a class")
        first, second = (place[name] for name in pair)
        partner[first], partner[second] = second, first
    return partner
