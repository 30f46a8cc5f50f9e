"""From scored boxes to detections; shared by all heads."""

import torch
from mmcv.ops import batched_nms
from mmengine.structures import InstanceData
from torch import Tensor

#: So many times as many detections as may leave are looked at first.
_FEW = 3


def select_detections(
    boxes: Tensor,
    objectness: Tensor,
    class_probs: Tensor,
    all_classes: bool,
    score_thr: float,
) -> InstanceData:
    """Score (box, class) pairs and drop the weak ones.

    Args:
        boxes: ``(P, 4)`` xyxy.
        objectness: ``(P,)`` in [0, 1].
        class_probs: ``(P, K)`` in [0, 1].
        all_classes: Keep every class of a box that scores enough, or only the best.
        score_thr: Pairs must score more; the score is objectness times probability.

    Returns:
        ``bboxes (M, 4)``, ``scores (M,)``, ``labels (M,)`` and ``objectness (M,)``;
        a box with several labels comes once for each.
    """
    scores = objectness[:, None] * class_probs
    if all_classes:
        index, labels = (scores > score_thr).nonzero(as_tuple=True)
        picked = scores[index, labels]
    else:
        best, labels = scores.max(dim=1)
        index = (best > score_thr).nonzero(as_tuple=True)[0]
        picked, labels = best[index], labels[index]
    return InstanceData(
        bboxes=boxes[index], scores=picked, labels=labels, objectness=objectness[index]
    )


def suppress_detections(
    detections: InstanceData, nms_cfg: dict, nms_pre: int, max_per_img: int
) -> InstanceData:
    """Suppress overlapping detections, best first: of the same class, or of any.

    Args:
        detections: As :func:`select_detections` returns them.
        nms_cfg: Arguments of ``mmcv.ops.batched_nms``, e.g.
            ``dict(type='nms', iou_threshold=0.4)``. With ``class_agnostic=True`` boxes
            compete by objectness, whatever their classes, and a box that is kept
            keeps all of them. YOWO's code does so: of two actors who overlap it loses
            one.
        nms_pre: At most so many detections, the best, enter.
        max_per_img: At most so many leave.
    """
    if len(detections) > nms_pre:
        detections = detections[detections.scores.topk(nms_pre).indices]
    if len(detections) == 0:
        return detections
    if nms_cfg.get("class_agnostic", False):
        return _suppress_boxes(detections, nms_cfg)[:max_per_img]
    few = _FEW * max_per_img
    if len(detections) > few > 0 and nms_cfg.get("type", "nms") == "nms":
        # Weaker boxes do not suppress stronger ones: if the best of them leave enough,
        # the others need not be looked at.
        order = detections.scores.argsort(descending=True, stable=True)
        left = _suppress_in_classes(detections[order[:few]], nms_cfg)
        if len(left) >= max_per_img:
            return left[:max_per_img]
    return _suppress_in_classes(detections, nms_cfg)[:max_per_img]


def _suppress_in_classes(detections: InstanceData, nms_cfg: dict) -> InstanceData:
    rows, keep = batched_nms(
        detections.bboxes, detections.scores, detections.labels, nms_cfg
    )
    detections = detections[keep]
    detections.scores = rows[:, -1]  # soft NMS lowers them
    return detections


def _suppress_boxes(detections: InstanceData, nms_cfg: dict) -> InstanceData:
    boxes, box = detections.bboxes.unique(dim=0, return_inverse=True)
    objectness = detections.objectness.new_zeros(len(boxes))
    objectness = objectness.scatter_reduce(0, box, detections.objectness, "amax")
    _, keep = batched_nms(boxes, objectness, torch.zeros_like(box), nms_cfg)
    order = detections.scores.argsort(descending=True)
    return detections[order[torch.isin(box[order], keep)]]


def to_original_pixels(
    boxes: Tensor, scale_factor: Tensor, original_shape: tuple[int, int]
) -> Tensor:
    """Undo the resize and keep boxes inside the frame.

    Args:
        boxes: ``(M, 4)`` xyxy, network pixels.
        scale_factor: ``(2,)`` network pixels per original pixel (x, y).
        original_shape: Frame (h, w).
    """
    height, width = original_shape
    boxes = boxes / scale_factor.repeat(2)
    limit = boxes.new_tensor([width, height, width, height])
    return torch.minimum(boxes.clamp(min=0), limit)
