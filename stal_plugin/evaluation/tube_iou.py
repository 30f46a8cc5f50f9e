"""Spatio-temporal overlap of tubes."""

import numpy as np

from stal_plugin.evaluation.matching import MAX_PAIRS, chunks, elementwise_iou, expand
from stal_plugin.evaluation.suppression import greedy_survivors
from stal_plugin.evaluation.tubes import Tubes


def tube_overlaps(
    tubes1: Tubes,
    tubes2: Tubes,
    num_classes: int,
    offset: float = 0.0,
    min_common: int = 1,
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

    Returns:
        ``(E,)`` tube of the first, ``(E,)`` of the second, ``(E,)`` overlap above 0;
        ordered by the first, then by the second.
    """
    keys1 = tubes1.frame_ids * num_classes + tubes1.labels[tubes1.tube_ids]
    keys2 = tubes2.frame_ids * num_classes + tubes2.labels[tubes2.tube_ids]
    order = np.argsort(keys2, kind="stable")
    starts = np.searchsorted(keys2[order], keys1, "left")
    counts = np.searchsorted(keys2[order], keys1, "right") - starts
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
        found, inverse = np.unique(pair, return_inverse=True)
        pairs.append(found)
        sums.append(np.bincount(inverse, iou, len(found)))
        shared.append(np.bincount(inverse, minlength=len(found)))
    # a pair of tubes may have been cut by the chunks
    found, inverse = np.unique(np.concatenate(pairs), return_inverse=True)
    total = np.bincount(inverse, np.concatenate(sums), len(found))
    common = np.bincount(inverse, np.concatenate(shared), len(found))
    one, two = found // size, found % size
    union = tubes1.lengths[one] + tubes2.lengths[two] - common
    hit = (common >= min_common) & (total > 0)
    return one[hit], two[hit], total[hit] / union[hit]


def suppress_tubes(
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
    one, two, overlap = tube_overlaps(tubes, tubes, num_classes, offset, min_common)
    rank = np.empty(len(tubes), np.int64)
    rank[np.argsort(-tubes.scores, kind="stable")] = np.arange(len(tubes))
    hit = (overlap > iou_thr) & (rank[one] < rank[two])
    kept = greedy_survivors(len(tubes), rank[one[hit]], rank[two[hit]])
    return tubes.take(kept[rank])
