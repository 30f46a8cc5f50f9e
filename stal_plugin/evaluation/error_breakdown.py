"""Where the missing part of the frame-AP goes."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.average_precision import average_by_class
from stal_plugin.evaluation.frame_ap import drop_unlabelled_frames
from stal_plugin.evaluation.matching import FrameMatching, match_frames
from stal_plugin.evaluation.protocol import Protocol, get_protocol
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.iou import best_overlap

_KINDS = ("right", "duplicate", "classification", "localisation", "background")


@dataclass(frozen=True)
class ErrorBreakdown:
    """Shares of each class that sum to 1 (K classes).

    Args:
        right: ``(K,)`` area under the raw precision-recall curve, by trapezoids: the
            AP of the ACT protocol. NaN, as all others, without ground truth.
        localisation: ``(K,)`` area lost to boxes that lie beside their ground truth.
        classification: ``(K,)`` to boxes that lie on ground truth of other classes.
        duplicate: ``(K,)`` to boxes on ground truth that was found already.
        background: ``(K,)`` to all other false positives.
        missed: ``(K,)`` share of the ground truth that no detection found.
    """

    right: np.ndarray
    localisation: np.ndarray
    classification: np.ndarray
    duplicate: np.ndarray
    background: np.ndarray
    missed: np.ndarray

    def mean(self) -> dict[str, float]:
        """Average over the classes with ground truth; all 0 without any."""
        present = ~np.isnan(self.right)
        if not present.any():
            return dict.fromkeys(vars(self), 0.0)
        return {k: float(v[present].mean()) for k, v in vars(self).items()}


def error_breakdown(
    dets: BoxTable,
    gts: BoxTable,
    num_classes: int,
    iou_thr: float = 0.5,
    protocol: str | Protocol = "voc",
    background_iou: float = 0.1,
) -> ErrorBreakdown:
    """Split 100 % of each class into what is right, wrong and missed.

    In the style of ACT and MOC: going down the ranking, the share of right detections
    (precision) and those of each kind of error sum to 1 at every recall. Each is
    integrated over recall by trapezoids from (recall 0, precision 1) on; what lies
    beyond the last recall is missed. A false positive is, with ``t = iou_thr``,

    1. a duplicate, if it has IoU >= t with ground truth of its class,
    2. else a classification error, if it has so with ground truth of another class,
    3. else a localisation error, if it has IoU >= ``background_iou`` with ground
       truth of its class,
    4. else background.

    ACT counts 1 and 3 as one, and every false positive on a frame that shows its
    class; it also knows errors of timing, here background.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames; each label of a box counts as one.
        num_classes: K.
        iou_thr: t.
        protocol: Matching, +1 and empty frames follow its rule.
        background_iou: Smallest overlap of a localisation error.

    Returns:
        The shares of each class.

    Raises:
        ValueError: ``background_iou`` is not in (0, t).
    """
    rule = get_protocol(protocol)
    if not 0 < background_iou < iou_thr:
        raise ValueError(
            f"background_iou={background_iou} must be above 0 and below "
            f"iou_thr={iou_thr}"
        )
    if not rule.count_empty_frames:
        dets = drop_unlabelled_frames(dets, gts)
    matching = match_frames(dets, gts, num_classes, rule, iou_thr)
    kinds = _kinds(dets, gts, matching, rule, (iou_thr, background_iou))
    num_gt = np.bincount(gts.labels, minlength=num_classes)
    return _shares(kinds, matching.labels, num_gt)


def _shares(
    kinds: np.ndarray, labels: np.ndarray, num_gt: np.ndarray
) -> ErrorBreakdown:
    """Shares of each class, from the place of each detection's kind in ``_KINDS``."""
    right = kinds == 0
    num_right = np.bincount(labels[right], minlength=len(num_gt))
    areas = {
        name: _area_of_kind(right, kinds == kind, labels, num_gt)
        for kind, name in enumerate(_KINDS[1:], start=1)
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        missed = np.where(num_gt > 0, 1 - num_right / num_gt, np.nan)
    right_area = average_by_class(right, labels, num_gt, "trapezoid")
    return ErrorBreakdown(right=right_area, missed=missed, **areas)


def _kinds(
    dets: BoxTable,
    gts: BoxTable,
    matching: FrameMatching,
    rule: Protocol,
    thrs: tuple[float, float],
) -> np.ndarray:
    """``(M,)`` places in ``_KINDS`` in the order of scoring."""
    boxes, gt_boxes = dets.boxes[matching.order], gts.boxes
    if rule.round_corners:
        boxes, gt_boxes = np.rint(boxes), np.rint(gt_boxes)
    # what lies on ground truth of its own class is a duplicate before it gets here
    any_iou, _ = best_overlap(
        dets.frames[matching.order], boxes, gts.frames, gt_boxes, rule.offset
    )
    iou_thr, background_iou = thrs
    conditions = [  # in the order of _KINDS
        matching.matched_gt(iou_thr) >= 0,
        matching.best_iou >= iou_thr,
        any_iou >= iou_thr,
        matching.best_iou >= background_iou,
    ]
    return np.select(conditions, range(4), default=4)


def _area_of_kind(
    right: np.ndarray, wrong: np.ndarray, labels: np.ndarray, num_gt: np.ndarray
) -> np.ndarray:
    """Integrate the share of one kind of error over recall, for each class."""
    edges = np.searchsorted(labels, np.arange(len(num_gt) + 1))
    areas = np.full(len(num_gt), np.nan)
    for label in np.flatnonzero(num_gt):
        part = slice(edges[label], edges[label + 1])
        recall = np.append(0, np.cumsum(right[part]) / num_gt[label])
        share = np.append(0, np.cumsum(wrong[part]) / np.arange(1, len(recall)))
        areas[label] = np.sum(np.diff(recall) * (share[1:] + share[:-1])) / 2
    return areas
