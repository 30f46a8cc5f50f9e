"""Which detection found which ground-truth box, on all frames."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.claims import first_claims, greedy_claims
from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.ground_truth import GroundTruth
from stal_plugin.evaluation.matching import best_overlap, pairs_between
from stal_plugin.evaluation.protocol import Protocol


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
