"""Average precision per class over frames (frame-AP)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.average_precision import (
    all_point_average_precision,
    precision_recall,
)
from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.ground_truth import GroundTruth
from stal_plugin.evaluation.matching import best_overlap, first_claims
from stal_plugin.evaluation.validation import check_num_classes


@dataclass(frozen=True)
class FrameAP:
    """Frame-AP of every class at several IoU thresholds (I thresholds, K classes).

    Args:
        iou_thrs: ``(I,)``.
        ap: ``(I, K)``; NaN for a class without ground truth, 0 for one with ground
            truth but without detections.
        num_gt: ``(K,)`` ground-truth boxes.
        num_dets: ``(K,)`` detections that were counted.
    """

    iou_thrs: tuple[float, ...]
    ap: np.ndarray
    num_gt: np.ndarray
    num_dets: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """``(I,)`` mean over the classes with ground truth; 0.0 if there is none."""
        present = self.num_gt > 0
        if not present.any():
            return np.zeros(len(self.iou_thrs))
        return self.ap[:, present].mean(1)


def frame_ap(
    dets: Detections,
    gts: GroundTruth,
    num_classes: int,
    iou_thrs: Sequence[float] = (0.5,),
    offset: float = 0.0,
) -> FrameAP:
    """Compute frame-AP by the rule of PASCAL VOC, all-point interpolation.

    Detections are taken by falling score over all frames, those of equal score in
    the order of their rows. Each goes to the ground truth of its frame and class with
    the largest IoU (the first of several). It is right if IoU >= threshold and no
    earlier detection took that box, else it is a false positive, even if a second
    box would have been free.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames; each label of a box counts as one.
        num_classes: K.
        iou_thrs: I thresholds, each in (0, 1].
        offset: Added to widths and heights of boxes: 0, or 1 for pixel counts.

    Returns:
        The result per threshold and class.

    Raises:
        ValueError: A label or a threshold is out of range.
    """
    check_num_classes(dets.labels, num_classes, "detections.labels")
    check_num_classes(gts.labels, num_classes, "ground truth.labels")
    if any(not 0 < thr <= 1 for thr in iou_thrs):
        raise ValueError(f"iou_thrs must be in (0, 1], got {tuple(iou_thrs)}")
    # sorting by class, then by falling score, makes each class one slice
    order = np.lexsort((-dets.scores, dets.labels))
    labels = dets.labels[order]
    best_iou, best_gt = best_overlap(
        dets.frame_ids[order].astype(np.int64) * num_classes + labels,
        dets.boxes[order],
        gts.frame_ids[gts.box_inds].astype(np.int64) * num_classes + gts.labels,
        gts.boxes[gts.box_inds],
        offset,
    )
    num_gt = np.bincount(gts.labels, minlength=num_classes)
    num_dets = np.bincount(labels, minlength=num_classes)
    ends = np.cumsum(num_dets)
    ap = np.full((len(iou_thrs), num_classes), np.nan)
    for row, thr in enumerate(iou_thrs):
        true_positive = first_claims(best_gt, best_iou >= thr)
        for label in np.flatnonzero(num_gt):
            part = slice(ends[label] - num_dets[label], ends[label])
            curve = precision_recall(true_positive[part], num_gt[label])
            ap[row, label] = all_point_average_precision(*curve)
    return FrameAP(tuple(iou_thrs), ap, num_gt, num_dets)


def drop_unlabelled_frames(dets: Detections, gts: GroundTruth) -> Detections:
    """Leave out the detections on frames that have no ground truth at all.

    Some protocols (AVA's) do so. It hides false positives on empty frames.
    """
    return dets.take(np.isin(dets.frame_ids, gts.frame_ids))
