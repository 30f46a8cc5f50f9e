"""Boxes of one actor and action through a video."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.structures.checks import check_boxes, check_finite, check_labels
from stal_plugin.structures.iou import (
    MAX_PAIRS,
    chunks,
    elementwise_iou,
    expand,
    partners,
)
from stal_plugin.structures.nms import greedy_nms


@dataclass(frozen=True)
class Tubes:
    """Tubes of many videos as flat arrays (T tubes, N boxes in all).

    Args:
        labels: ``(T,)``, 0-based.
        scores: ``(T,)``; 1 for ground truth.
        tube_ids: ``(N,)`` tube of each box, ascending from 0 to T - 1; a tube has at
            least one box.
        frame_ids: ``(N,)``, ascending within a tube. Frames of two videos have
            different ids.
        boxes: ``(N, 4)`` xyxy in pixels.

    Raises:
        ValueError: A shape does not fit, a value is not finite, or the order is
            another one.
    """

    labels: np.ndarray
    scores: np.ndarray
    tube_ids: np.ndarray
    frame_ids: np.ndarray
    boxes: np.ndarray

    def __post_init__(self) -> None:
        """Check every array once, so that the functions need not."""
        check_boxes(self.boxes, "tubes.boxes")
        check_labels(self.tube_ids, len(self.boxes), "tubes.tube_ids")
        check_labels(self.frame_ids, len(self.boxes), "tubes.frame_ids")
        check_labels(self.labels, len(self.labels), "tubes.labels")
        check_finite(self.scores, len(self.labels), "tubes.scores")
        if not np.array_equal(np.unique(self.tube_ids), np.arange(len(self))):
            raise ValueError(f"tubes.tube_ids must be 0 to {len(self) - 1}, each used")
        step = np.diff(self.tube_ids)
        if (step < 0).any() or (np.diff(self.frame_ids)[step == 0] <= 0).any():
            raise ValueError(
                "tubes: boxes must be ordered by tube, then by frame, with one box per "
                "frame"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> np.ndarray:
        """``(T,)`` boxes of each tube."""
        return np.bincount(self.tube_ids, minlength=len(self))

    def take(self, tubes: np.ndarray) -> "Tubes":
        """Return the tubes that a mask ``(T,)`` names."""
        rows = tubes[self.tube_ids]
        return Tubes(
            self.labels[tubes],
            self.scores[tubes],
            (np.cumsum(tubes) - 1)[self.tube_ids[rows]],
            self.frame_ids[rows],
            self.boxes[rows],
        )


def tubes_of_rows(
    tube_keys: np.ndarray,
    frame_ids: np.ndarray,
    boxes: np.ndarray,
    labels: np.ndarray,
    scores: np.ndarray,
) -> Tubes:
    """Sort boxes into tubes.

    Args:
        tube_keys: ``(N,)`` integers, equal for the boxes of one tube.
        frame_ids: ``(N,)``.
        boxes: ``(N, 4)``.
        labels: ``(N,)``, equal for the boxes of one tube.
        scores: ``(N,)``; the score of a tube is their mean.
    """
    order = np.lexsort((frame_ids, tube_keys))
    keys, first, tube_ids = np.unique(
        tube_keys[order], return_index=True, return_inverse=True
    )
    sums = np.bincount(tube_ids, scores[order], minlength=len(keys))
    counts = np.bincount(tube_ids, minlength=len(keys))
    return Tubes(
        labels[order][first].astype(np.int64),
        sums / counts,
        tube_ids.astype(np.int64),
        frame_ids[order].astype(np.int64),
        boxes[order],
    )


def fill_gaps(tubes: Tubes) -> Tubes:
    """Give a tube boxes on the frames it skips, on the line between its neighbours.

    Args:
        tubes: Tubes whose frames lie in one video each.

    Returns:
        Tubes without gaps, scores as they were.
    """
    if not len(tubes):
        return tubes
    begin = np.flatnonzero(np.diff(tubes.tube_ids, prepend=-1))
    first = tubes.frame_ids[begin]
    last = tubes.frame_ids[np.append(begin[1:], len(tubes.frame_ids)) - 1]
    lengths = last - first + 1
    # one axis for all tubes: time within the tube behind all earlier tubes
    shift = np.cumsum(lengths) - lengths - first
    tube_ids = np.repeat(np.arange(len(tubes)), lengths)
    time = np.arange(len(tube_ids))
    known = tubes.frame_ids + shift[tubes.tube_ids]
    corners = [np.interp(time, known, column) for column in tubes.boxes.T]
    return Tubes(
        tubes.labels,
        tubes.scores,
        tube_ids,
        time - shift[tube_ids],
        np.stack(corners, axis=1),
    )


def tube_overlaps(
    tubes1: Tubes,
    tubes2: Tubes,
    num_classes: int,
    offset: float = 0.0,
    min_common: int = 1,
    shorter_by: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the pairs of tubes of one class that share frames.

    The overlap is the temporal IoU (common frames / frames of either) times the mean
    IoU of the boxes on the common frames.

    Args:
        tubes1: T1 tubes.
        tubes2: T2 tubes, in the unit of ``tubes1``.
        num_classes: K.
        offset: Added to widths and heights of boxes, see ``elementwise_iou``.
        min_common: Pairs share at least this number of frames.
        shorter_by: Is taken off the number of common frames and that of either, at
            most ``min_common - 1``: 1 counts steps from frame to frame.

    Returns:
        ``(E,)`` tube of the first, ``(E,)`` of the second, ``(E,)`` overlap above 0;
        ordered by the first, then by the second.
    """
    keys1 = tubes1.frame_ids * num_classes + tubes1.labels[tubes1.tube_ids]
    keys2 = tubes2.frame_ids * num_classes + tubes2.labels[tubes2.tube_ids]
    order, starts, counts = partners(keys1, keys2)
    rows = np.flatnonzero(counts)
    size = max(len(tubes2), 1)
    pairs: list[np.ndarray] = [np.zeros(0, np.int64)]
    sums: list[np.ndarray] = [np.zeros(0)]
    shared: list[np.ndarray] = [np.zeros(0)]
    for part in chunks(counts[rows], MAX_PAIRS):
        chosen = rows[part]
        first, second = expand(starts[chosen], counts[chosen])
        first, second = chosen[first], order[second]
        iou = elementwise_iou(tubes1.boxes[first], tubes2.boxes[second], offset)
        pair = tubes1.tube_ids[first] * size + tubes2.tube_ids[second]
        pair, inverse = np.unique(pair, return_inverse=True)
        pairs.append(pair)
        sums.append(np.bincount(inverse, iou, len(pair)))
        shared.append(np.bincount(inverse, minlength=len(pair)))
    # a pair of tubes may have been cut by the chunks
    pair, inverse = np.unique(np.concatenate(pairs), return_inverse=True)
    total = np.bincount(inverse, np.concatenate(sums), len(pair))
    common = np.bincount(inverse, np.concatenate(shared), len(pair))
    first, second = pair // size, pair % size
    union = tubes1.lengths[first] + tubes2.lengths[second] - common
    hit = (common >= min_common) & (total > 0)
    first, second, total = first[hit], second[hit], total[hit]
    common, union = common[hit], union[hit]
    kept = (common - shorter_by) / common  # 1 where nothing is taken off
    return first, second, total * kept / (union - shorter_by)


def nms_tubes(
    tubes: Tubes,
    num_classes: int,
    iou_thr: float = 0.3,
    offset: float = 0.0,
    min_common: int = 1,
) -> Tubes:
    """Drop tubes that overlap a better kept tube of their class.

    Args:
        tubes: Tubes in any order.
        num_classes: K.
        iou_thr: A tube goes if its overlap with a better kept one is larger.
        offset: See :func:`tube_overlaps`.
        min_common: See :func:`tube_overlaps`.

    Returns:
        The kept tubes, in their order.
    """
    first, second, overlap = tube_overlaps(
        tubes, tubes, num_classes, offset, min_common
    )
    rank = np.empty(len(tubes), np.int64)
    rank[np.argsort(-tubes.scores, kind="stable")] = np.arange(len(tubes))
    hit = (overlap > iou_thr) & (rank[first] < rank[second])
    keep = greedy_nms(len(tubes), rank[first[hit]], rank[second[hit]])
    return tubes.take(keep[rank])
