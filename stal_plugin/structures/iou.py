"""Overlaps between two ragged sets of boxes, without a loop over frames or boxes."""

from itertools import pairwise

import numpy as np

MAX_PAIRS = 1 << 18
"""Pairs of boxes that are compared at a time: what fits into a processor's cache."""


def elementwise_iou(
    boxes1: np.ndarray, boxes2: np.ndarray, offset: float = 0.0
) -> np.ndarray:
    """Return the IoU of box i of one array with box i of the other.

    Args:
        boxes1: ``(P, 4)`` xyxy.
        boxes2: ``(P, 4)`` xyxy.
        offset: Added to each width and height. 0 for continuous coordinates, 1 for
            the convention of inclusive pixel corners.

    Returns:
        ``(P,)``; 0 where both boxes are empty.
    """
    # column by column: reductions over an axis of length 2 are five times as slow
    left1, top1, right1, bottom1 = boxes1.T
    left2, top2, right2, bottom2 = boxes2.T
    width = np.minimum(right1, right2) - np.maximum(left1, left2) + offset
    height = np.minimum(bottom1, bottom2) - np.maximum(top1, top2) + offset
    inter = np.maximum(width, 0) * np.maximum(height, 0)
    area1 = (right1 - left1 + offset) * (bottom1 - top1 + offset)
    area2 = (right2 - left2 + offset) * (bottom2 - top2 + offset)
    union = area1 + area2 - inter
    return np.divide(inter, union, out=np.zeros(len(inter)), where=union > 0)


def best_overlap(
    keys1: np.ndarray,
    boxes1: np.ndarray,
    keys2: np.ndarray,
    boxes2: np.ndarray,
    offset: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """For each first box, find the second box of the same key with the largest IoU.

    Of several with the same IoU the one that comes first in ``boxes2`` is taken.

    Args:
        keys1: ``(P,)`` integers; only boxes of equal key (say, frame) are compared.
        boxes1: ``(P, 4)`` xyxy.
        keys2: ``(Q,)``.
        boxes2: ``(Q, 4)`` xyxy, in the unit of ``boxes1``.
        offset: See :func:`elementwise_iou`.

    Returns:
        ``(P,)`` largest IoU, 0 without partner; ``(P,)`` index into ``boxes2``, -1
        without partner.
    """
    order, starts, counts = partners(keys1, keys2)
    best_iou = np.zeros(len(keys1))
    best_index = np.full(len(keys1), -1, np.int64)
    rows = np.flatnonzero(counts)
    for part in chunks(counts[rows], MAX_PAIRS):
        chosen = rows[part]
        first, second = expand(starts[chosen], counts[chosen])
        second = order[second]
        iou = elementwise_iou(boxes1[chosen[first]], boxes2[second], offset)
        begins = np.cumsum(counts[chosen]) - counts[chosen]
        largest = np.maximum.reduceat(iou, begins)
        positions = np.where(iou == largest[first], np.arange(len(iou)), len(iou))
        best_iou[chosen] = largest
        best_index[chosen] = second[np.minimum.reduceat(positions, begins)]
    return best_iou, best_index


def overlapping_pairs(
    keys: np.ndarray, boxes: np.ndarray, iou_thr: float, offset: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """List the pairs of boxes of one key that overlap.

    Args:
        keys: ``(P,)`` integers; only boxes of equal key (say, frame) are compared.
        boxes: ``(P, 4)`` xyxy.
        iou_thr: Pairs have a larger IoU.
        offset: See :func:`elementwise_iou`.

    Returns:
        Indices ``(E,)`` of the earlier and ``(E,)`` of the later box of each pair.
    """
    order = np.argsort(keys, kind="stable")
    in_order = boxes[order]
    columns = np.ascontiguousarray(in_order.T)
    starts = np.searchsorted(keys[order], keys[order], "left")
    counts = np.arange(len(order)) - starts  # partners before it in its own group
    rows = np.flatnonzero(counts)
    earlier, later = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in chunks(counts[rows], MAX_PAIRS):
        chosen = rows[part]
        first, second = expand(starts[chosen], counts[chosen])
        before, after = _touching(columns, columns, second, chosen[first], offset)
        hit = elementwise_iou(in_order[before], in_order[after], offset) > iou_thr
        earlier.append(order[before[hit]])
        later.append(order[after[hit]])
    return np.concatenate(earlier), np.concatenate(later)


def pairs_between(
    keys1: np.ndarray,
    boxes1: np.ndarray,
    keys2: np.ndarray,
    boxes2: np.ndarray,
    min_iou: float,
    offset: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the pairs of a first and a second box of one key that overlap enough.

    Args:
        keys1: ``(P,)`` integers; only boxes of equal key (say, frame) are compared.
        boxes1: ``(P, 4)`` xyxy.
        keys2: ``(Q,)``.
        boxes2: ``(Q, 4)`` xyxy, in the unit of ``boxes1``.
        min_iou: Pairs have at least this IoU, and more than 0.
        offset: See :func:`elementwise_iou`.

    Returns:
        ``(E,)`` index of the first box, ``(E,)`` of the second, ``(E,)`` IoU.
    """
    order, starts, counts = partners(keys1, keys2)
    rows = np.flatnonzero(counts)
    columns1, columns2 = np.ascontiguousarray(boxes1.T), boxes2[order].T.copy()
    parts = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for part in chunks(counts[rows], MAX_PAIRS):
        chosen = rows[part]
        first, second = expand(starts[chosen], counts[chosen])
        first, second = _touching(columns1, columns2, chosen[first], second, offset)
        second = order[second]
        iou = elementwise_iou(boxes1[first], boxes2[second], offset)
        hit = (iou >= min_iou) & (iou > 0)
        parts.append((first[hit], second[hit], iou[hit]))
    first, second, iou = (np.concatenate(p) for p in zip(*parts, strict=True))
    return first, second, iou


def _touching(
    columns1: np.ndarray,
    columns2: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    offset: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Leave out pairs of boxes that do not touch, which are most; cheap.

    Args:
        columns1: ``(4, P)`` left, top, right, bottom.
        columns2: ``(4, Q)``.
        first: ``(E,)`` positions in ``columns1``.
        second: ``(E,)`` positions in ``columns2``.
        offset: See :func:`elementwise_iou`.
    """
    for low, high in ((0, 2), (1, 3)):
        begin = np.maximum(columns1[low][first], columns2[low][second])
        end = np.minimum(columns1[high][first], columns2[high][second])
        touch = begin - end < offset
        first, second = first[touch], second[touch]
    return first, second


def partners(
    keys1: np.ndarray, keys2: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find, for each first key, the second ones that equal it.

    Args:
        keys1: ``(P,)`` integers.
        keys2: ``(Q,)``.

    Returns:
        ``(Q,)`` order that sorts ``keys2``; ``(P,)`` where in that order the partners
        of each first key start; ``(P,)`` how many there are.
    """
    order = np.argsort(keys2, kind="stable")
    in_order = keys2[order]
    starts = np.searchsorted(in_order, keys1, "left")
    return order, starts, np.searchsorted(in_order, keys1, "right") - starts


def expand(starts: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List every (row, partner) of ragged ranges ``starts .. starts + counts``."""
    first = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, starts[first] + within


def chunks(counts: np.ndarray, limit: int) -> list[slice]:
    """Cut rows into runs of about ``limit`` pairs (one row is never cut)."""
    if not len(counts):
        return []
    group = (np.cumsum(counts) - 1) // limit
    edges = np.flatnonzero(np.diff(group)) + 1
    bounds = [0, *edges.tolist(), len(counts)]
    return [slice(a, b) for a, b in pairwise(bounds)]
