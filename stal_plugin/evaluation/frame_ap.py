"""Average precision per class over frames (frame-AP), of all boxes or by size."""

from collections.abc import Sequence

import numpy as np

from stal_plugin.evaluation.average_precision import (
    ClassAP,
    average_by_class,
    check_thresholds,
)
from stal_plugin.evaluation.matching import match_frames
from stal_plugin.evaluation.protocol import Protocol, get_protocol
from stal_plugin.structures.box_table import BoxTable

SIZE_NAMES = ("small", "medium", "large")
SIZE_EDGES = (0.01, 0.1)
"""Fractions of the frame's area: small is below the first, large from the second on.

In a frame of 320 x 240 pixels that is a square of 28 and one of 88 pixels.
"""


def frame_ap(
    dets: BoxTable,
    gts: BoxTable,
    num_classes: int,
    iou_thrs: Sequence[float] = (0.5,),
    protocol: str | Protocol = "voc",
) -> ClassAP:
    """Compute frame-AP by a published rule.

    By that of PASCAL VOC, detections are taken by falling score over all frames,
    those of equal score in the order of their rows. Each goes to the ground truth of
    its frame and class with the largest IoU (the first of several). It is right if
    IoU >= threshold and no earlier detection took that box, else it is a false
    positive, even if a second box would have been free.

    Args:
        dets: BoxTable of all frames.
        gts: Ground truth of all frames; each label of a box counts as one.
        num_classes: K.
        iou_thrs: I thresholds, each in (0, 1].
        protocol: Name of the rule, or a ``Protocol``.

    Returns:
        The result per threshold and class.

    Raises:
        ValueError: A label or a threshold is out of range, or there is no such
            protocol.
    """
    rule = get_protocol(protocol)
    iou_thrs = check_thresholds(iou_thrs)
    if not rule.count_empty_frames:
        dets = drop_unlabelled_frames(dets, gts)
    matching = match_frames(dets, gts, num_classes, rule, min(iou_thrs))
    num_gt = np.bincount(gts.labels, minlength=num_classes)
    every = slice(None)
    outcomes = [(matching.matched_gt(thr) >= 0, every) for thr in iou_thrs]
    return _class_ap(iou_thrs, matching.labels, outcomes, num_gt, rule)


def drop_unlabelled_frames(dets: BoxTable, gts: BoxTable) -> BoxTable:
    """Leave out the detections on frames that have no ground truth at all.

    Some protocols (AVA's) do so. It hides false positives on empty frames.
    """
    return dets.take(np.isin(dets.frames, gts.frames))


def size_ap(
    dets: BoxTable,
    gts: BoxTable,
    num_classes: int,
    frame_areas: np.ndarray,
    iou_thrs: Sequence[float] = (0.5,),
    protocol: str | Protocol = "voc",
    edges: tuple[float, float] = SIZE_EDGES,
) -> dict[str, ClassAP]:
    """Compute frame-AP by the size of the ground-truth boxes.

    As in COCO, ground truth of another size is neither found nor missed: a detection
    that matches it is left out. So is a false positive that has another size itself.
    Matching is that of ``frame_ap``, over all sizes.

    Args:
        dets: BoxTable of all frames.
        gts: Ground truth of all frames.
        num_classes: K.
        frame_areas: ``(F,)`` area of each frame, by frame id, in square pixels.
        iou_thrs: Thresholds in (0, 1].
        protocol: Name of the rule, or a ``Protocol``.
        edges: Fractions of the frame's area, see ``SIZE_EDGES``.

    Returns:
        Result of ``small``, ``medium`` and ``large``.

    Raises:
        ValueError: The edges are not 0 < small < large < 1, or a threshold is out of
            range.
    """
    rule = get_protocol(protocol)
    iou_thrs = check_thresholds(iou_thrs)
    if not 0 < edges[0] < edges[1] < 1:
        raise ValueError(f"size edges {edges}: must be 0 < small < large < 1")
    if not rule.count_empty_frames:
        dets = drop_unlabelled_frames(dets, gts)
    matching = match_frames(dets, gts, num_classes, rule, min(iou_thrs))
    gt_size = np.digitize(_relative_area(gts, frame_areas), edges)
    det_size = np.digitize(_relative_area(dets, frame_areas), edges)[matching.order]
    outcomes = []  # of each threshold: what is right, and the size that counts
    for thr in iou_thrs:
        match = matching.matched_gt(thr)
        partner = _partner(match, matching.best_gt, matching.best_iou >= thr)
        size = np.where(partner >= 0, np.append(gt_size, -1)[partner], det_size)
        outcomes.append((match >= 0, size))
    return {
        name: _class_ap(
            *(iou_thrs, matching.labels),
            [(right, size == i) for right, size in outcomes],
            np.bincount(gts.labels[gt_size == i], minlength=num_classes),
            rule,
        )
        for i, name in enumerate(SIZE_NAMES)
    }


def _class_ap(
    iou_thrs: tuple[float, ...],
    labels: np.ndarray,
    outcomes: Sequence[tuple[np.ndarray, np.ndarray | slice]],
    num_gt: np.ndarray,
    rule: Protocol,
) -> ClassAP:
    """AP of ``outcomes``: which detections are right, which count, by threshold."""
    parts = [(right[counted], labels[counted]) for right, counted in outcomes]
    ap = [average_by_class(*part, num_gt, rule.integration) for part in parts]
    counts = [np.bincount(own, minlength=len(num_gt)) for _, own in parts]
    num_dets = np.max(counts, axis=0)
    return ClassAP(iou_thrs, np.stack(ap), num_gt, num_dets, rule.class_mean)


def _partner(match: np.ndarray, best_gt: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Ground truth that a detection lies on: its match, or the one that it repeats."""
    return np.where(match >= 0, match, np.where(hits, best_gt, -1))


def _relative_area(table: BoxTable, frame_areas: np.ndarray) -> np.ndarray:
    width, height = (table.boxes[:, 2:] - table.boxes[:, :2]).T
    return width * height / frame_areas[table.frames]
