"""Who gets what, where several want the same: greedy, all frames at once."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.protocol import Protocol
from stal_plugin.structures.detections import Detections, GroundTruth
from stal_plugin.structures.iou import best_overlap, pairs_between
from stal_plugin.structures.nms import suppress_overlaps


def first_claims(best: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Let each thing be taken by one claimant: the first whose best it is.

    Args:
        best: ``(M,)`` the one thing that each claimant may take (the ground truth of
            largest IoU), claimants in their order (falling score).
        hits: ``(M,)`` bool, whether it may be taken (whether the overlap suffices).

    Returns:
        ``(M,)`` bool, claimants that got it.
    """
    rows = np.flatnonzero(hits)
    _, first = np.unique(best[rows], return_index=True)
    taken = np.zeros(len(hits), bool)
    taken[rows[first]] = True
    return taken


def greedy_claims(
    claimants: np.ndarray,
    things: np.ndarray,
    preferences: np.ndarray,
    groups: np.ndarray,
) -> np.ndarray:
    """Let claimants, in their order, each take the best thing that is left.

    The result is that of a loop over the claimants of each group. Here all groups go
    on together: in a round each claimant that waits reaches for its best thing; up to
    the first one of a group that was too late, all are settled. So the number of
    rounds is at most the largest number of things in a group.

    Args:
        claimants: ``(P,)`` claimant of each possible pair, 0 to C - 1; smaller
            numbers choose first.
        things: ``(P,)`` thing of each pair; it may only occur in one group.
        preferences: ``(P,)``, larger is better; of equal ones the smaller number of
            the thing counts.
        groups: ``(C,)`` group of each claimant, such as its frame.

    Returns:
        ``(C,)`` int64 thing that each claimant got, -1 for none.
    """
    result = np.full(len(groups), -1, np.int64)
    order = np.lexsort((things, -preferences, claimants))
    claimants, things = claimants[order], things[order]
    names, groups = np.unique(groups, return_inverse=True)
    taken = np.zeros(things.max(initial=-1) + 1, bool)
    while len(claimants):
        picked = np.append(True, claimants[1:] != claimants[:-1])
        picker, pick = claimants[picked], things[picked]
        late = ~_first_of_each(pick, len(taken))
        limit = np.full(len(names), len(groups))
        too_late = picker[late][::-1]  # the first of a group is written last
        limit[groups[too_late]] = too_late
        settled = picker < limit[groups[picker]]
        result[picker[settled]] = pick[settled]
        taken[pick[settled]] = True
        left = ~taken[things] & (result[claimants] < 0)
        claimants, things = claimants[left], things[left]
    return result


def _first_of_each(values: np.ndarray, size: int) -> np.ndarray:
    """Mask of the places where a value, 0 to ``size`` - 1, comes for the first time."""
    places = np.arange(len(values))
    first = np.empty(size, np.int64)
    first[values[::-1]] = places[::-1]  # of equal indices the last one written stays
    return first[values] == places


@dataclass(frozen=True)
class FrameMatching:
    """Detections in the order of scoring, with their best ground truth.

    Args:
        order: ``(M,)`` rows of the detections: by class, then by falling score, equal
            scores in the order of the rows.
        labels: ``(M,)`` classes in that order.
        keys: ``(M,)`` number of (frame, class).
        best_iou: ``(M,)`` largest IoU with ground truth of the frame and class.
        best_gt: ``(M,)`` label row of the ground truth that has it, -1 for none.
        pairs: Detection (a place in ``order``), ground truth, IoU of each pair that
            may match; only where the protocol lets a detection match its second best.
    """

    order: np.ndarray
    labels: np.ndarray
    keys: np.ndarray
    best_iou: np.ndarray
    best_gt: np.ndarray
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray] | None

    def matched_gt(self, iou_thr: float) -> np.ndarray:
        """Return the ground truth that each detection takes.

        Args:
            iou_thr: Smallest IoU of a match.

        Returns:
            ``(M,)`` label row, -1 for a false positive, in the order of scoring.
        """
        if self.pairs is None:
            hits = first_claims(self.best_gt, self.best_iou >= iou_thr)
            return np.where(hits, self.best_gt, -1)
        first, second, iou = (part[self.pairs[2] >= iou_thr] for part in self.pairs)
        return greedy_claims(first, second, iou, self.keys)


def match_frames(
    dets: Detections,
    gts: GroundTruth,
    num_classes: int,
    protocol: Protocol,
    min_iou: float,
) -> FrameMatching:
    """Compare the detections with the ground truth of their frame and class.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames.
        num_classes: K.
        protocol: Its ``offset``, ``round_corners`` and ``reuse`` matter here.
        min_iou: Smallest threshold that will be asked for.
    """
    # sorting by class, then by falling score, makes each class one slice
    order = np.lexsort((-dets.scores, dets.labels))
    labels = dets.labels[order]
    keys = dets.frame_ids[order].astype(np.int64) * num_classes + labels
    gt_keys = gts.frame_ids[gts.box_inds].astype(np.int64) * num_classes + gts.labels
    boxes, gt_boxes = dets.boxes[order], gts.boxes[gts.box_inds]
    if protocol.round_corners:
        boxes, gt_boxes = np.rint(boxes), np.rint(gt_boxes)
    sides = (keys, boxes, gt_keys, gt_boxes)
    best_iou, best_gt = best_overlap(*sides, protocol.offset)
    pairs = pairs_between(*sides, min_iou, protocol.offset) if protocol.reuse else None
    return FrameMatching(order, labels, keys, best_iou, best_gt, pairs)


def candidate_boxes(dets: Detections, nms_iou_thr: float = 0.4) -> Detections:
    """Make one candidate of each actor, as YOWO does before it counts.

    Each box takes its top label; of boxes that overlap by more than ``nms_iou_thr``,
    whatever their labels, that of the largest objectness is kept, of equal ones that
    of the largest score.

    Args:
        dets: Detections of all frames, in any order.
        nms_iou_thr: See ``suppress_overlaps``.

    Returns:
        One row per candidate, by falling objectness.
    """
    boxes = one_row_per_box(dets)
    boxes = boxes.take(np.argsort(-boxes.objectness, kind="stable"))
    return suppress_overlaps(boxes, nms_iou_thr)


def one_row_per_box(dets: Detections) -> Detections:
    """Keep, of the rows with the same frame and box, the one with the top score.

    Returns:
        One row per box, by falling score; input order breaks ties.
    """
    by_score = np.argsort(-dets.scores, kind="stable")
    dets = dets.take(by_score)
    keys = (*dets.boxes.T[::-1], dets.frame_ids)
    order = np.lexsort(keys)
    same = np.ones(len(order), bool)
    for key in keys:
        same[1:] &= key[order[1:]] == key[order[:-1]]
    same[:1] = False
    # lexsort is stable: of equal boxes the best score stands first
    return dets.take(np.sort(order[~same]))
