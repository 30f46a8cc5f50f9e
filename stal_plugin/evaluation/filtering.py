"""From a detector's raw boxes to those that a published tool scores."""

import numpy as np

from stal_plugin.datasets.keyframe_index import group_boxes
from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.protocol import Protocol
from stal_plugin.evaluation.suppression import survivors


def filter_detections(dets: Detections, protocol: Protocol) -> Detections:
    """Apply a protocol's score threshold and non-maximum suppression.

    Not for the output of a detector that did so itself: a second suppression, after
    the corners were rounded, say, may drop boxes that the first one kept.

    Args:
        dets: Raw detections of all frames.
        protocol: Its ``score_thr`` and the parts whose names begin with ``nms`` count.

    Returns:
        The rows that remain, in their order.
    """
    if protocol.score_thr is not None:
        dets = dets.take(dets.scores > protocol.score_thr)
    if protocol.nms_iou_thr is None or not len(dets):
        return dets
    if protocol.nms_per_class:
        ranked = np.argsort(-dets.scores, kind="stable")
        return dets.take(np.sort(ranked[_kept(dets.take(ranked), protocol)]))
    box = group_boxes(dets.frame_ids, dets.boxes, np.zeros(len(dets), np.int64))
    ranked = np.argsort(-dets.objectness, kind="stable")
    ranked = ranked[np.sort(np.unique(box[ranked], return_index=True)[1])]
    kept = ranked[_kept(dets.take(ranked), protocol)]  # one row of each box
    return dets.take(np.isin(box, box[kept]))


def _kept(ranked: Detections, protocol: Protocol) -> np.ndarray:
    iou_thr = protocol.nms_iou_thr or 0.0
    return survivors(ranked, iou_thr, protocol.nms_per_class, protocol.nms_offset)
