"""Average precision per class over tubes (video-AP), and tubes of ground truth."""

from collections.abc import Sequence

import numpy as np

from stal_plugin.evaluation.average_precision import (
    ClassAP,
    average_by_class,
    check_thresholds,
)
from stal_plugin.evaluation.matching import first_matches, greedy_matches
from stal_plugin.evaluation.protocol import Protocol, get_protocol
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import check_num_classes
from stal_plugin.structures.tubes import Tubes, tube_overlaps, tubes_of_rows


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
        labelled = np.isin(tube_videos, videos[gts.frame_ids])
        tubes, tube_videos = tubes.take(labelled), tube_videos[labelled]
    order = np.lexsort((-tubes.scores, tubes.labels))
    rank = np.empty(len(tubes), np.int64)
    rank[order] = np.arange(len(tubes))
    tube, gt, overlap = tube_overlaps(
        *(tubes, gts, num_classes, rule.offset, rule.min_common_frames),
        int(rule.count_steps),
    )
    tube = rank[tube]
    labels = tubes.labels[order]
    groups = tube_videos[order].astype(np.int64) * num_classes + labels
    num_gt = np.bincount(gts.labels, minlength=num_classes)
    ap = []
    for thr in iou_thrs:
        if rule.reuse_tubes:
            hit = overlap >= thr
            right = greedy_matches(tube[hit], gt[hit], overlap[hit], groups) >= 0
        else:
            best, best_gt = _best(tube, gt, overlap, len(tubes))
            right = first_matches(best_gt, best >= thr)
        ap.append(average_by_class(right, labels, num_gt, rule.integration))
    num_dets = np.bincount(labels, minlength=num_classes)
    return ClassAP(iou_thrs, np.stack(ap), num_gt, num_dets, rule.class_mean)


def _firsts(tubes: Tubes) -> np.ndarray:
    """Mask of the first box of each tube."""
    return np.diff(tubes.tube_ids, prepend=-1) > 0


def _best(
    tube: np.ndarray, gt: np.ndarray, overlap: np.ndarray, num: int
) -> tuple[np.ndarray, np.ndarray]:
    """Largest overlap of each tube, and the ground truth that has it."""
    order = np.lexsort((gt, -overlap, tube))
    _, first = np.unique(tube[order], return_index=True)
    best, best_gt = np.zeros(num), np.full(num, -1, np.int64)
    rows = order[first]
    best[tube[rows]], best_gt[tube[rows]] = overlap[rows], gt[rows]
    return best, best_gt


def ground_truth_tubes(gts: BoxTable, videos: np.ndarray, max_gap: int = 0) -> Tubes:
    """Join the boxes of one person and action to tubes.

    A tube is an unbroken run of evaluated frames: who does the same action twice in a
    video gives two tubes. Each label of a box belongs to a tube of its own.

    Args:
        gts: Ground truth with persons; frames of one video have ids in a row, as
            evaluated.
        videos: ``(F,)`` video of each frame id.
        max_gap: Number of frames without the box that do not end a tube.

    Returns:
        The tubes, ordered by video, person, label and time.

    Raises:
        ValueError: A person id is below 0 (unknown), or a person has two boxes of one
            label on a frame.
    """
    unknown = gts.person_ids < 0
    if unknown.any():
        box = gts.groups()
        num_boxes, num_unknown = (len(np.unique(b)) for b in (box, box[unknown]))
        raise ValueError(
            f"{num_unknown} of {num_boxes} ground-truth boxes have no person id (-1 or "
            "none): video-mAP needs the track of each person. Annotate person_id, or "
            "leave video-mAP out"
        )
    frames, persons = gts.frames.astype(np.int64), gts.person_ids.astype(np.int64)
    order = np.lexsort((frames, gts.labels, persons, videos[frames]))
    columns = (videos[frames][order], persons[order], gts.labels[order])
    frames = frames[order]
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        same &= np.diff(column) == 0
    step = np.diff(frames)
    twice = np.flatnonzero(same & (step == 0))
    if len(twice):
        video, person, label = (int(column[twice[0]]) for column in columns)
        raise ValueError(
            f"person {person} of video number {video} has two boxes of label {label} "
            "on one frame: person ids must be unique within a frame"
        )
    is_new = np.ones(len(order), bool)
    is_new[1:] = ~(same & (step <= max_gap + 1))
    return tubes_of_rows(
        np.cumsum(is_new),
        frames,
        gts.boxes[order],
        gts.labels[order],
        np.ones(len(order)),
    )
