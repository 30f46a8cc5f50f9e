"""The greedy linkers of ACT and MOC."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.matching import greedy_matches
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.iou import pairs_between
from stal_plugin.structures.nms import nms_keep
from stal_plugin.structures.tubes import Tubes, fill_gaps, nms_tubes, tubes_of_rows


@dataclass(frozen=True)
class GreedyRule:
    """Numbers of a greedy linker.

    Args:
        iou_thr: A box continues a tube if its IoU with the tube's last box is at
            least this.
        end_after: Frames without a box that end a tube.
        nms_iou_thr: Boxes of one class and frame that overlap a better one by more
            are dropped first.
        top_k: Most boxes of one class and frame after that.
        min_score: Tubes with a lower mean score are dropped.
        min_length: So are those with fewer frames.
        tube_iou_thr: So are those that overlap a better tube by more.
        offset: Added to widths and heights, see ``elementwise_iou``.
    """

    iou_thr: float
    end_after: int
    nms_iou_thr: float
    min_score: float
    top_k: int = 10
    min_length: int = 15
    tube_iou_thr: float = 0.3
    offset: float = 1.0


GREEDY_RULES = {
    "act": GreedyRule(iou_thr=0.2, end_after=5, nms_iou_thr=0.3, min_score=0.01),
    "moc": GreedyRule(iou_thr=0.5, end_after=7, nms_iou_thr=0.6, min_score=0.005),
}
"""The published rules by name."""


def greedy_tubes(
    dets: BoxTable, videos: np.ndarray, num_classes: int, rule: GreedyRule
) -> Tubes:
    """Link the detections of each class, frame by frame.

    As in ACT (ACT.py, BuildTubes): tubes choose in the order of their mean score;
    each takes, of the boxes that overlap its last one enough, that of the highest
    score. What is left starts new tubes. ACT links tubelets of several frames; here a
    tubelet is one box, and frames that a tube skips get boxes on the straight line
    between its neighbours. The score of a tube is the mean over the boxes it linked.

    Args:
        dets: Detections of all frames.
        videos: ``(F,)`` video of each frame id; the frames of a video have ids in a
            row.
        num_classes: K.
        rule: Thresholds, such as ``GREEDY_RULES['act']``.

    Returns:
        The tubes of all videos and classes.
    """
    dets = _best_boxes(dets, num_classes, rule)
    videos = videos.astype(np.int64)
    step = dets.frames - np.searchsorted(videos, videos[dets.frames])
    groups = videos[dets.frames] * num_classes + dets.labels
    tube_of = _link(dets, step, groups, rule)
    tubes = fill_gaps(
        tubes_of_rows(tube_of, dets.frames, dets.boxes, dets.labels, dets.scores)
    )
    long = tubes.lengths >= rule.min_length
    tubes = tubes.take(long & (tubes.scores >= rule.min_score))
    return nms_tubes(tubes, num_classes, rule.tube_iou_thr, rule.offset)


def _best_boxes(dets: BoxTable, num_classes: int, rule: GreedyRule) -> BoxTable:
    """Suppress within each class and frame, and keep the best."""
    dets = dets.take(np.argsort(-dets.scores, kind="stable"))
    keys = dets.frames * num_classes + dets.labels
    keep = nms_keep(keys, dets.boxes, rule.nms_iou_thr, rule.offset)
    dets, keys = dets.take(keep), keys[keep]
    order = np.argsort(keys, kind="stable")
    rank = np.arange(len(order)) - np.searchsorted(keys[order], keys[order])
    return dets.take(np.sort(order[rank < rule.top_k]))


def _link(
    dets: BoxTable, step: np.ndarray, groups: np.ndarray, rule: GreedyRule
) -> np.ndarray:
    """``(M,)`` tube of each detection. All videos go on in step."""
    tube_of = np.full(len(dets), -1, np.int64)
    order = np.argsort(step, kind="stable")  # by time, then by falling score
    edges = np.searchsorted(step[order], np.arange(step.max(initial=-1) + 2))
    total, number = np.zeros(len(dets)), np.zeros(len(dets), np.int64)  # of each tube
    last = np.zeros(len(dets), np.int64)  # last detection of each tube
    active = np.zeros(0, np.int64)
    num_tubes = 0
    for now in range(len(edges) - 1):
        rows = order[edges[now] : edges[now + 1]]
        active = active[np.argsort(-total[active] / number[active], kind="stable")]
        tube, row, _ = pairs_between(
            groups[last[active]],
            dets.boxes[last[active]],
            groups[rows],
            dets.boxes[rows],
            rule.iou_thr,
            rule.offset,
        )
        match = greedy_matches(tube, row, dets.scores[rows[row]], groups[last[active]])
        goes_on = match >= 0
        tube_of[rows[match[goes_on]]] = active[goes_on]
        fresh = rows[tube_of[rows] < 0]
        tube_of[fresh] = np.arange(num_tubes, num_tubes + len(fresh))
        # tubes that miss for the last time end here, those that skip go on
        ended = ~goes_on & (now - step[last[active]] >= rule.end_after)
        active = np.append(active[~ended], tube_of[fresh])
        num_tubes += len(fresh)
        last[tube_of[rows]] = rows
        total[tube_of[rows]] += dets.scores[rows]
        number[tube_of[rows]] += 1
    return tube_of
