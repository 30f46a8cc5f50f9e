"""Match detections with ground truth: greedy, all frames at once."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.protocol import Protocol
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import check_table
from stal_plugin.structures.iou import best_overlap, pairs_between


def first_matches(best_gt: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Match each ground truth with the first detection whose best it is.

    Args:
        best_gt: ``(M,)`` ground truth of largest IoU of each detection, the
            detections by falling score.
        hits: ``(M,)`` bool, whether that IoU suffices.

    Returns:
        ``(M,)`` bool, the detections that are matched.
    """
    rows = np.flatnonzero(hits)
    _, first = np.unique(best_gt[rows], return_index=True)
    matched = np.zeros(len(hits), bool)
    matched[rows[first]] = True
    return matched


def greedy_matches(
    sources: np.ndarray,
    targets: np.ndarray,
    qualities: np.ndarray,
    groups: np.ndarray,
) -> np.ndarray:
    """Match sources, in their order, each with the best target that is free.

    Sources are detections (or tracks), targets ground truth (or boxes). The result is
    that of a loop over the sources of each group. Here all groups go on together: in a
    round each unmatched source chooses its best free target; up to the first source of
    a group whose choice an earlier one has made as well, all matches are final. So the
    number of rounds is at most the largest number of targets in a group.

    Args:
        sources: ``(P,)`` source of each possible pair, 0 to S - 1; smaller numbers
            choose first.
        targets: ``(P,)`` target of each pair; it may only occur in one group.
        qualities: ``(P,)``, such as the IoU, larger is better; of equal ones the
            target of the smaller number counts.
        groups: ``(S,)`` group of each source, such as its frame.

    Returns:
        ``(S,)`` int64 target of each source, -1 for none.
    """
    matched = np.full(len(groups), -1, np.int64)
    order = np.lexsort((targets, -qualities, sources))
    sources, targets = sources[order], targets[order]
    names, groups = np.unique(groups, return_inverse=True)
    taken = np.zeros(targets.max(initial=-1) + 1, bool)
    while len(sources):
        is_best = np.append(True, sources[1:] != sources[:-1])
        source, choice = sources[is_best], targets[is_best]
        in_conflict = ~_first_of_each(choice, len(taken))
        limit = np.full(len(names), len(groups))
        late = source[in_conflict][::-1]  # the first of a group is written last
        limit[groups[late]] = late
        final = source < limit[groups[source]]
        matched[source[final]] = choice[final]
        taken[choice[final]] = True
        open_pairs = ~taken[targets] & (matched[sources] < 0)
        sources, targets = sources[open_pairs], targets[open_pairs]
    return matched


def _first_of_each(values: np.ndarray, size: int) -> np.ndarray:
    """Mask of the first occurrence of each value, 0 to ``size`` - 1."""
    positions = np.arange(len(values))
    first = np.empty(size, np.int64)
    first[values[::-1]] = positions[::-1]  # of equal indices the last one stays
    return first[values] == positions


@dataclass(frozen=True)
class FrameMatching:
    """Detections in the order of scoring, with their best ground truth.

    Args:
        order: ``(M,)`` rows of the detections: by class, then by falling score, equal
            scores in the order of the rows.
        labels: ``(M,)`` classes in that order.
        keys: ``(M,)`` number of (frame, class).
        best_iou: ``(M,)`` largest IoU with ground truth of the frame and class.
        best_gt: ``(M,)`` row of the ground truth that has it, -1 for none.
        pairs: Detection (a position in ``order``), ground truth, IoU of each pair that
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
            ``(M,)`` row of ground truth in the order of scoring, -1 for a false
            positive.
        """
        if self.pairs is None:
            hits = first_matches(self.best_gt, self.best_iou >= iou_thr)
            return np.where(hits, self.best_gt, -1)
        first, second, iou = (part[self.pairs[2] >= iou_thr] for part in self.pairs)
        return greedy_matches(first, second, iou, self.keys)


def match_frames(
    dets: BoxTable,
    gts: BoxTable,
    num_classes: int,
    protocol: Protocol,
    min_iou: float,
) -> FrameMatching:
    """Compare the detections with the ground truth of their frame and class.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames; each label of a box counts as one.
        num_classes: K.
        protocol: Its ``offset``, ``round_corners`` and ``reuse`` matter here.
        min_iou: Smallest threshold that will be asked for.

    Raises:
        ValueError: A value is not finite, or a label is out of range.
    """
    check_table(dets, "detections", num_classes)
    check_table(gts, "ground truth", num_classes)
    # sorting by class, then by falling score, makes each class one slice
    order = np.lexsort((-dets.scores, dets.labels))
    labels = dets.labels[order]
    keys = dets.frames[order].astype(np.int64) * num_classes + labels
    gt_keys = gts.frames.astype(np.int64) * num_classes + gts.labels
    boxes, gt_boxes = dets.boxes[order], gts.boxes
    if protocol.round_corners:
        boxes, gt_boxes = np.rint(boxes), np.rint(gt_boxes)
    columns = (keys, boxes, gt_keys, gt_boxes)
    best_iou, best_gt = best_overlap(*columns, protocol.offset)
    pairs = None
    if protocol.reuse:
        pairs = pairs_between(*columns, min_iou, protocol.offset)
    return FrameMatching(order, labels, keys, best_iou, best_gt, pairs)
