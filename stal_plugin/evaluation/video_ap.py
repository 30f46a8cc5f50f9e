"""Average precision per class over tubes (video-AP)."""

from collections.abc import Sequence

import numpy as np

from stal_plugin.evaluation.class_ap import ClassAP, average_by_class, check_thresholds
from stal_plugin.evaluation.frame_matching import first_claims, greedy_claims
from stal_plugin.evaluation.protocol import Protocol, get_protocol
from stal_plugin.structures.checks import check_num_classes
from stal_plugin.structures.tubes import Tubes, tube_overlaps


def video_ap(
    tubes: Tubes,
    gts: Tubes,
    videos: np.ndarray,
    num_classes: int,
    iou_thrs: Sequence[float] = (0.5,),
    protocol: str | Protocol = "voc",
) -> ClassAP:
    """Compute video-AP: as frame-AP, of tubes and their spatio-temporal overlap.

    YOWO and ACT let a tube match the next best ground truth if the best one is
    taken; the other protocols were not published for tubes and are carried over from
    frames. ``round_corners`` is one of frames only.

    Args:
        tubes: Detected tubes.
        gts: Ground-truth tubes.
        videos: ``(F,)`` video of each frame id.
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
    check_num_classes(tubes.labels, num_classes, "tubes.labels")
    check_num_classes(gts.labels, num_classes, "ground-truth tubes.labels")
    iou_thrs = check_thresholds(iou_thrs)
    tube_videos = videos[tubes.frame_ids[np.flatnonzero(_firsts(tubes))]]
    if not rule.count_empty_frames:
        kept = np.isin(tube_videos, videos[gts.frame_ids])
        tubes, tube_videos = tubes.take(kept), tube_videos[kept]
    order = np.lexsort((-tubes.scores, tubes.labels))
    rank = np.empty(len(tubes), np.int64)
    rank[order] = np.arange(len(tubes))
    one, two, overlap = tube_overlaps(
        tubes, gts, num_classes, rule.offset, rule.min_common_frames
    )
    one = rank[one]
    labels = tubes.labels[order]
    groups = tube_videos[order].astype(np.int64) * num_classes + labels
    num_gt = np.bincount(gts.labels, minlength=num_classes)
    ap = []
    for thr in iou_thrs:
        if rule.reuse_tubes:
            hit = overlap >= thr
            right = greedy_claims(one[hit], two[hit], overlap[hit], groups) >= 0
        else:
            best, best_gt = _best(one, two, overlap, len(tubes))
            right = first_claims(best_gt, best >= thr)
        ap.append(average_by_class(right, labels, num_gt, rule.integration))
    num_dets = np.bincount(labels, minlength=num_classes)
    return ClassAP(iou_thrs, np.stack(ap), num_gt, num_dets, rule.class_mean)


def _firsts(tubes: Tubes) -> np.ndarray:
    """Mask of the first box of each tube."""
    return np.diff(tubes.tube_ids, prepend=-1) > 0


def _best(
    one: np.ndarray, two: np.ndarray, overlap: np.ndarray, num: int
) -> tuple[np.ndarray, np.ndarray]:
    """Largest overlap of each tube, and the ground truth that has it."""
    order = np.lexsort((two, -overlap, one))
    _, first = np.unique(one[order], return_index=True)
    best, best_gt = np.zeros(num), np.full(num, -1, np.int64)
    rows = order[first]
    best[one[rows]], best_gt[one[rows]] = overlap[rows], two[rows]
    return best, best_gt
