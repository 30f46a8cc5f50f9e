"""YOWO's offline linker: the best paths through a whole video."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.iou import MAX_PAIRS, chunks, elementwise_iou, expand
from stal_plugin.structures.tubes import Tubes, nms_tubes, tubes_of_rows

_YOWO = {"offset": 1.0, "min_common": 2}  # of the overlap in the suppression


def viterbi_tubes(
    dets: BoxTable,
    videos: np.ndarray,
    num_classes: int,
    max_tubes: int = 3,
    nms_iou_thr: float = 0.3,
) -> Tubes:
    """Link the detections of each class to tubes that span the whole video.

    As in YOWO (core/eval_results.py): frames without a box of the class borrow those
    of the nearest frame that has some, of two the earlier. A path takes one box on
    each frame; an edge counts IoU + s1 + s2 + s1 * s2 / 2. The best path is a tube,
    its boxes are removed, and so on until a frame is used up or there are
    ``max_tubes``. The score of a tube is the mean of its boxes' scores. Tubes that
    overlap a better one by more than ``nms_iou_thr`` are dropped.

    YOWO feeds the class probabilities without objectness as scores; see
    ``VideoMAP``.

    Args:
        dets: Detections of all frames.
        videos: ``(F,)`` video of each frame id; the frames of a video have ids in a
            row.
        num_classes: K.
        max_tubes: Most tubes of a class in a video, before the suppression.
        nms_iou_thr: Spatio-temporal overlap of the suppression.

    Returns:
        The tubes of all videos and classes.
    """
    graph = _build_graph(dets, videos.astype(np.int64), num_classes)
    weights = _edge_weights(dets, graph)
    alive = np.ones(len(graph.rows), bool)
    free = np.bincount(graph.slots, minlength=len(graph.groups))
    going = np.ones(graph.num_groups, bool)
    paths: list[np.ndarray] = []
    path_ids: list[np.ndarray] = []
    for turn in range(max_tubes if len(dets) else 0):
        nodes = _best_paths(graph, weights, alive, going)
        paths.append(nodes)
        path_ids.append(graph.groups[graph.slots[nodes]] * max_tubes + turn)
        alive[nodes] = False
        free[graph.slots[nodes]] -= 1
        going[graph.groups[free == 0]] = False
    nodes = np.concatenate([np.zeros(0, np.int64), *paths])
    rows, slots = graph.rows[nodes], graph.slots[nodes]
    tubes = tubes_of_rows(
        np.concatenate([np.zeros(0, np.int64), *path_ids]),
        graph.frames[slots],
        dets.boxes[rows],
        dets.labels[rows],
        dets.scores[rows],
    )
    return nms_tubes(tubes, num_classes, nms_iou_thr, **_YOWO)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Graph:
    """Boxes of each (video, class) group over all frames of the video.

    A slot is a frame of a group. Slots are ordered by level, the number of frames
    left in the video, then by group; so all groups go through the video in step.
    """

    groups: np.ndarray  # (S,) group of each slot
    frames: np.ndarray  # (S,)
    rows: np.ndarray  # (N,) detection that a node stands for
    slots: np.ndarray  # (N,) slot of each node, ascending
    level_slots: np.ndarray  # (L + 1,) first slot of each level
    level_nodes: np.ndarray  # (L + 1,) first node of each level
    next_start: np.ndarray  # (N,) first node of the next frame
    next_count: np.ndarray  # (N,) nodes of the next frame, 0 on the last frame
    num_groups: int


def _build_graph(dets: BoxTable, videos: np.ndarray, num_classes: int) -> _Graph:
    group_keys = videos[dets.frames] * num_classes + dets.labels
    order = np.lexsort((-dets.scores, dets.frames, group_keys))
    keys, group = np.unique(group_keys[order], return_inverse=True)
    first = np.searchsorted(videos, keys // num_classes, "left")
    length = np.searchsorted(videos, keys // num_classes, "right") - first
    # occupied slots, and for every slot of a group the nearest of them
    span = len(videos) + 1
    occupied, start, count = np.unique(
        group * span + dets.frames[order], return_index=True, return_counts=True
    )
    slot_group, slot_frame = expand(first, length)
    after = np.searchsorted(occupied, slot_group * span + slot_frame)
    behind = np.minimum(after, max(len(occupied) - 1, 0))
    before = np.maximum(after - 1, 0)
    distance = [
        np.where(
            occupied[slot] // span == slot_group,
            np.abs(occupied[slot] % span - slot_frame),
            span,
        )
        for slot in (before, behind)
    ]
    source = np.where(distance[0] <= distance[1], before, behind)
    # order by level
    level = (first + length)[slot_group] - 1 - slot_frame
    by_level = np.lexsort((slot_group, level))
    position = np.empty_like(by_level)
    position[by_level] = np.arange(len(by_level))
    slots, rows = expand(start[source[by_level]], count[source[by_level]])
    node_start = np.searchsorted(slots, np.arange(len(by_level) + 1))
    next_slot = np.append(position[1:], 0)[by_level]  # in time, before the ordering
    has_next = level[by_level] > 0
    next_count = np.where(has_next, np.diff(node_start)[next_slot], 0)
    edges = np.searchsorted(level[by_level], np.arange(level.max(initial=-1) + 2))
    return _Graph(
        groups=slot_group[by_level],
        frames=slot_frame[by_level],
        rows=order[rows],
        slots=slots,
        level_slots=edges,
        level_nodes=node_start[edges],
        next_start=node_start[next_slot][slots],
        next_count=next_count[slots],
        num_groups=len(keys),
    )


def _edge_weights(dets: BoxTable, graph: _Graph) -> np.ndarray:
    """``(E,)`` weight of each edge, ordered by its first node."""
    weights = [np.zeros(0)]
    for part in chunks(graph.next_count, MAX_PAIRS):
        first, second = expand(graph.next_start[part], graph.next_count[part])
        row1, row2 = graph.rows[part][first], graph.rows[second]
        iou = elementwise_iou(dets.boxes[row1], dets.boxes[row2])
        s1, s2 = dets.scores[row1], dets.scores[row2]
        weights.append(iou + (s1 + s2) + 0.5 * s1 * s2)
    return np.concatenate(weights)


def _best_paths(
    graph: _Graph, weights: np.ndarray, alive: np.ndarray, going: np.ndarray
) -> np.ndarray:
    """Nodes of the best path of each group that goes on, in no order."""
    value = np.zeros(len(alive))
    follow = np.full(len(alive), -1, np.int64)
    edge_start = np.append(0, np.cumsum(graph.next_count))
    num_levels = len(graph.level_slots) - 1
    for level in range(1, num_levels):  # from the last frame but one backwards
        nodes = slice(graph.level_nodes[level], graph.level_nodes[level + 1])
        first, target = expand(graph.next_start[nodes], graph.next_count[nodes])
        begin = edge_start[nodes.start]
        gain = weights[begin : begin + len(target)] + value[target]
        gain[~alive[target]] = -np.inf
        value[nodes], follow[nodes] = _max_by_run(gain, target, first)
    # walk forwards, each group from its first frame on
    current = np.full(graph.num_groups, -1, np.int64)
    path = []
    for level in range(num_levels - 1, -1, -1):
        slots = slice(graph.level_slots[level], graph.level_slots[level + 1])
        groups = graph.groups[slots]
        fresh = np.flatnonzero((current[groups] < 0) & going[groups]) + slots.start
        nodes = slice(graph.level_nodes[level], graph.level_nodes[level + 1])
        if len(fresh):
            gain = np.where(alive[nodes], value[nodes], -np.inf)
            every = np.arange(nodes.start, nodes.stop)
            _, best = _max_by_run(gain, every, graph.slots[nodes] - slots.start)
            current[graph.groups[fresh]] = best[fresh - slots.start]
        here = current[groups[going[groups]]]
        path.append(here)
        current[groups[going[groups]]] = follow[here]
    return np.concatenate([np.zeros(0, np.int64), *path])


def _max_by_run(
    gain: np.ndarray, target: np.ndarray, runs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Largest gain of each run, and the first target that has it.

    Args:
        gain: ``(E,)``.
        target: ``(E,)``.
        runs: ``(E,)`` run of each, from 0 on, ascending, none left out.
    """
    begins = np.flatnonzero(np.diff(runs, prepend=-1))
    largest = np.maximum.reduceat(gain, begins)
    positions = np.where(gain == largest[runs], np.arange(len(gain)), len(gain))
    return largest, target[np.minimum.reduceat(positions, begins)]
