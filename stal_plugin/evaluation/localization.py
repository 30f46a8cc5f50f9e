"""Localization recall and classification accuracy, as YOWO counts them.

Unlike AP, they look at one candidate box per actor, whatever its class, and ask first
where it is, then what it is called.
"""

from dataclasses import dataclass

import numpy as np

from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import check_table
from stal_plugin.structures.iou import best_overlap
from stal_plugin.structures.nms import nms_keep

_ROUNDING = 1e-3  # pixels; corners in files have six decimals


def candidate_boxes(dets: BoxTable, nms_iou_thr: float = 0.4) -> BoxTable:
    """Make one candidate of each actor, as YOWO does before it counts.

    Each box takes its top label; of boxes that overlap by more than ``nms_iou_thr``,
    whatever their labels, that of the largest objectness is kept, of equal ones that
    of the largest score.

    Args:
        dets: Detections of all frames, in any order.
        nms_iou_thr: See ``nms_keep``.

    Returns:
        One row per candidate, by falling objectness.
    """
    boxes = one_row_per_box(dets)
    boxes = boxes.take(np.argsort(-boxes.objectness, kind="stable"))
    return boxes.take(nms_keep(boxes.frames, boxes.boxes, nms_iou_thr))


def one_row_per_box(dets: BoxTable) -> BoxTable:
    """Keep, of the rows with the same frame and box, the one with the top score.

    Returns:
        One row per box, by falling score; input order breaks ties.
    """
    dets = dets.take(np.argsort(-dets.scores, kind="stable"))
    return dets.take(~dets.repeats(("frames", "boxes")))


@dataclass(frozen=True)
class LocalizationScores:
    """Counts over all frames and the five ratios made of them (0 for 0 / 0).

    Args:
        num_gt: Ground-truth boxes.
        num_candidates: Boxes of sufficient confidence.
        num_proposals: Boxes that the precision counts.
        num_located: Ground-truth boxes whose best candidate overlaps enough.
        num_correct: Located ones whose candidate also has the right label.
    """

    num_gt: int
    num_candidates: int
    num_proposals: int
    num_located: int
    num_correct: int

    def ratios(self) -> dict[str, float]:
        """Return the five ratios by name.

        ``recall`` is not ``localization_recall``: it wants the right label too.
        ``precision`` can exceed 1, because one candidate may serve several
        ground-truth boxes, and be none of the proposals.
        """
        precision = _ratio(self.num_correct, self.num_proposals)
        recall = _ratio(self.num_correct, self.num_gt)
        return {
            "localization_recall": _ratio(self.num_located, self.num_gt),
            "classification_accuracy": _ratio(self.num_correct, self.num_located),
            "precision": precision,
            "recall": recall,
            "fscore": _ratio(2 * precision * recall, precision + recall),
        }


def localization_scores(
    boxes: BoxTable,
    gts: BoxTable,
    num_classes: int,
    conf_thr: float = 0.25,
    confidence: str = "objectness",
    iou_thr: float = 0.5,
    proposal_thr: float = 0.25,
    min_gt_width: float = 0.0,
) -> LocalizationScores:
    """Look up, for each ground-truth box, the candidate with the largest IoU.

    Two definitions are in use. YOWO's (arXiv:1911.06644): candidates have objectness >
    0.25. That of YOWO's older branch, on which the numbers of arXiv:2012.08097 rest:
    every box with score > 0.005 is a candidate, and the recall comes near the best
    possible one; its precision counts the boxes with objectness > 0.25 all the same.

    The search knows no classes, and one candidate may serve several ground-truth
    boxes. The overlap must be strictly larger than the threshold. A ground-truth box
    with several labels is named right by any one of them.

    YOWO leaves out test boxes narrower than 8 of 320 pixels here (not in its
    frame-mAP): ``min_gt_width=8`` on its data. By default every box counts.

    Args:
        boxes: Detections of all frames, from ``candidate_boxes``.
        gts: Ground truth of all frames.
        num_classes: K.
        conf_thr: Candidates have a larger confidence than this.
        confidence: ``'objectness'`` or ``'score'``.
        iou_thr: Located means a larger IoU than this.
        proposal_thr: Precision is over the boxes with a larger objectness than this.
        min_gt_width: Ground-truth boxes narrower than this many pixels are left out.

    Returns:
        The counts, from which ``ratios()`` follow.

    Raises:
        ValueError: ``confidence`` has another value.
    """
    check_table(boxes, "detections", num_classes)
    check_table(gts, "ground truth", num_classes)
    if min_gt_width:
        widths = gts.boxes[:, 2] - gts.boxes[:, 0]
        gts = gts.take(widths >= min_gt_width - _ROUNDING)
    candidates = _candidates(boxes, conf_thr, confidence)
    gt_box = gts.groups()
    located, labels = _located(candidates, gts, gt_box, iou_thr)
    predicted = located * num_classes + labels
    correct = np.isin(predicted, gt_box * num_classes + gts.labels)
    return LocalizationScores(
        num_gt=int(gt_box.max(initial=-1)) + 1,
        num_candidates=len(candidates),
        num_proposals=int((boxes.objectness > proposal_thr).sum()),
        num_located=len(located),
        num_correct=int(correct.sum()),
    )


def swap_rate(
    boxes: BoxTable,
    gts: BoxTable,
    partners: np.ndarray,
    conf_thr: float = 0.25,
    confidence: str = "objectness",
    iou_thr: float = 0.5,
) -> float:
    """Measure how often a located action is called by the name of its partner.

    For time-reversed pairs (pick up, put down), a detector that does not see motion
    is at one half of what it names right or swaps.

    Args:
        boxes: See :func:`localization_scores`.
        gts: Ground truth of all frames.
        partners: ``(K,)`` label of the partner, -1 for none (``paired_labels``).
        conf_thr: Candidates have a larger confidence than this.
        confidence: ``'objectness'`` or ``'score'``.
        iou_thr: Located means a larger IoU than this.

    Returns:
        Swapped / (right + swapped) over the located boxes with a paired label; 0 if
        there is none.
    """
    num_classes = len(partners)
    candidates = _candidates(boxes, conf_thr, confidence)
    gt_box = gts.groups()
    located, labels = _located(candidates, gts, gt_box, iou_thr)
    is_paired = partners[labels] >= 0
    true = gt_box * num_classes + gts.labels
    right = np.isin(located * num_classes + labels, true) & is_paired
    # the partner of the label is true, the label itself is not
    swapped = np.isin(located * num_classes + partners[labels], true) & ~right
    swapped &= is_paired
    return _ratio(int(swapped.sum()), int((right | swapped).sum()))


def _candidates(boxes: BoxTable, conf_thr: float, confidence: str) -> BoxTable:
    if confidence not in ("objectness", "score"):
        raise ValueError(
            f"confidence must be 'objectness' or 'score', got {confidence!r}"
        )
    values = boxes.objectness if confidence == "objectness" else boxes.scores
    return boxes.take(values > conf_thr)


def _located(
    candidates: BoxTable, gts: BoxTable, gt_box: np.ndarray, iou_thr: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the located ground-truth boxes and the label of each one's candidate.

    Args:
        candidates: Detections.
        gts: Rows of ground truth.
        gt_box: ``(N,)`` number of the box that each row belongs to.
        iou_thr: Located means a larger IoU than this.
    """
    _, first = np.unique(gt_box, return_index=True)
    best_iou, best = best_overlap(
        gts.frames[first], gts.boxes[first], candidates.frames, candidates.boxes
    )
    located = np.flatnonzero(best_iou > iou_thr)
    return located, candidates.labels[best[located]]


def _ratio(part: float, whole: float) -> float:
    """Divide, with 0 / 0 = 0."""
    return float(part / whole) if whole else 0.0
