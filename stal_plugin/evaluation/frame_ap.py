"""Average precision per class over frames (frame-AP)."""

from collections.abc import Sequence

import numpy as np

from stal_plugin.evaluation.class_ap import ClassAP, average_by_class, check_thresholds
from stal_plugin.evaluation.frame_matching import match_frames
from stal_plugin.evaluation.protocol import Protocol, get_protocol
from stal_plugin.structures.checks import check_num_classes
from stal_plugin.structures.detections import Detections, GroundTruth


def frame_ap(
    dets: Detections,
    gts: GroundTruth,
    num_classes: int,
    iou_thrs: Sequence[float] = (0.5,),
    protocol: str | Protocol = "voc",
) -> ClassAP:
    """Compute frame-AP by a published rule.

    By that of PASCAL VOC, detections are taken by falling score over all frames,
    those of equal score in the order of their rows. Each goes to the ground truth of
    its frame and class with the largest IoU (the first of several). It is right if
    IoU >= threshold and no earlier detection took that box, else it is a false
    positive, even if a second box would have been free.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames; each label of a box counts as one.
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
    check_num_classes(dets.labels, num_classes, "detections.labels")
    check_num_classes(gts.labels, num_classes, "ground truth.labels")
    iou_thrs = check_thresholds(iou_thrs)
    if not rule.count_empty_frames:
        dets = drop_unlabelled_frames(dets, gts)
    matching = match_frames(dets, gts, num_classes, rule, min(iou_thrs))
    num_gt = np.bincount(gts.labels, minlength=num_classes)
    ap = [
        average_by_class(
            matching.matched_gt(thr) >= 0, matching.labels, num_gt, rule.integration
        )
        for thr in iou_thrs
    ]
    num_dets = np.bincount(matching.labels, minlength=num_classes)
    return ClassAP(iou_thrs, np.stack(ap), num_gt, num_dets, rule.class_mean)


def drop_unlabelled_frames(dets: Detections, gts: GroundTruth) -> Detections:
    """Leave out the detections on frames that have no ground truth at all.

    Some protocols (AVA's) do so. It hides false positives on empty frames.
    """
    return dets.take(np.isin(dets.frame_ids, gts.frame_ids))
