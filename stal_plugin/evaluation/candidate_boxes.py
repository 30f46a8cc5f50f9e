"""One candidate of each actor, for localization recall and its kin."""

import numpy as np

from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.suppression import suppress_overlaps


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
