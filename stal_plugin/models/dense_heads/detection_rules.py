"""From what a head decodes to detections: thresholds, suppression, original pixels.

A head that has ``decode`` and names its rule can be exported: the graph ends with
``decode``, and the rule runs on its output, in torch or wherever the graph runs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mmcv.ops import batched_nms
from mmdet.models.utils import filter_scores_and_topk
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads.postprocess import (
    select_detections,
    suppress_detections,
    to_original_pixels,
)
from stal_plugin.models.task_modules.center_maps import CenterDetections

#: Settings of the rule ``'boxes'``, unless ``test_cfg`` has others.
DEFAULT_BOXES_CFG = {
    "score_thr": 0.005,
    "all_classes": True,
    "nms": {"type": "nms", "iou_threshold": 0.4},
    "nms_pre": 1000,
    "max_per_img": 100,
}


class ScoredBoxes(NamedTuple):
    """A box at each of P priors of B clips.

    Attributes:
        boxes: ``(B, P, 4)`` xyxy, network pixels.
        objectness: ``(B, P)`` in [0, 1].
        class_probs: ``(B, P, K)`` in [0, 1].
    """

    boxes: Tensor
    objectness: Tensor
    class_probs: Tensor


def detections_of_boxes(
    decoded: ScoredBoxes, clip: int, cfg: Mapping[str, Any], scale: Tensor
) -> InstanceData:
    """Detections of an anchor head: scores are objectness times class probability.

    Args:
        decoded: Decoded output.
        clip: Which clip of the batch.
        cfg: ``score_thr``, ``all_classes``, ``nms``, ``nms_pre``, ``max_per_img``.
        scale: Not used.
    """
    boxes, objectness, probs = (part[clip] for part in decoded)
    picked = select_detections(
        boxes, objectness, probs, cfg["all_classes"], cfg["score_thr"]
    )
    return suppress_detections(
        picked, dict(cfg["nms"]), cfg["nms_pre"], cfg["max_per_img"]
    )


def detections_of_peaks(
    decoded: CenterDetections, clip: int, cfg: Mapping[str, Any], scale: Tensor
) -> InstanceData:
    """Detections of a centre head, whose peaks come best first.

    Args:
        decoded: Decoded output.
        clip: Which clip of the batch.
        cfg: ``score_thr``, ``nms`` (None as in CenterNet), ``nms_pre``,
            ``max_per_img``.
        scale: Not used.
    """
    scores = decoded.scores[clip]
    keep = scores > cfg["score_thr"]
    result = InstanceData(
        bboxes=decoded.boxes[clip][keep],
        scores=scores[keep],
        labels=decoded.labels[clip][keep],
        objectness=decoded.objectness[clip][keep],
    )
    if decoded.keypoints is not None and decoded.keypoint_scores is not None:
        result.keypoints = decoded.keypoints[clip][keep]
        result.keypoint_scores = decoded.keypoint_scores[clip][keep]
    nms, limit = cfg["nms"], cfg["max_per_img"]
    if nms is not None:
        result = suppress_detections(result, dict(nms), cfg["nms_pre"], limit)
    return result[:limit]


def detections_of_yolov3(
    decoded: ScoredBoxes, clip: int, cfg: Mapping[str, Any], scale: Tensor
) -> InstanceData:
    """Detections as ``mmdet.YOLOV3Head`` chooses them.

    Unlike :func:`detections_of_boxes`, thresholds apply to objectness and class
    probability apart, and the best class probabilities enter the suppression.

    Args:
        decoded: Decoded output.
        clip: Which clip of the batch.
        cfg: ``conf_thr``, ``score_thr``, ``nms_pre``, ``min_bbox_size`` (in original
            pixels), ``nms``, ``max_per_img``; the last two are needed.
        scale: ``(2,)`` network pixels per original pixel (x, y).
    """
    boxes, objectness, probs = (part[clip] for part in decoded)
    threshold = cfg.get("conf_thr", -1)
    if threshold > 0:
        sure = objectness >= threshold
        boxes, objectness, probs = boxes[sure], objectness[sure], probs[sure]
    scores, labels, index, _ = filter_scores_and_topk(
        probs, cfg.get("score_thr", 0), cfg.get("nms_pre", -1)
    )
    picked = InstanceData(
        bboxes=boxes[index],
        scores=scores * objectness[index],
        labels=labels,
        objectness=objectness[index],
    )
    smallest = cfg.get("min_bbox_size", -1)
    if smallest >= 0:
        sides = (picked.bboxes[:, 2:] - picked.bboxes[:, :2]) / scale
        picked = picked[(sides > smallest).all(dim=1)]
    if len(picked) == 0:
        return picked
    rows, keep = batched_nms(
        picked.bboxes, picked.scores, picked.labels, dict(cfg["nms"])
    )
    picked = picked[keep]
    picked.scores = rows[:, -1]
    return picked[: cfg["max_per_img"]]


def detections_of_dense_head(
    decoded: ScoredBoxes, clip: int, cfg: Mapping[str, Any], scale: Tensor
) -> InstanceData:
    """Detections as mmdet's dense heads choose them.

    Class probabilities are compared with ``score_thr`` before they are multiplied by
    the score factor (centerness, IoU); ``nms_pre`` counts pairs of box and class of
    all levels together, in mmdet of each level. The score stands in for objectness.

    Args:
        decoded: Decoded output; ``objectness`` is the score factor.
        clip: Which clip of the batch.
        cfg: ``score_thr``, ``nms_pre``, ``min_bbox_size`` (in original pixels),
            ``nms``, ``max_per_img``; the last two are needed.
        scale: ``(2,)`` network pixels per original pixel (x, y).
    """
    picked = detections_of_yolov3(decoded, clip, {**cfg, "conf_thr": -1}, scale)
    picked.objectness = picked.scores
    return picked


class DetectionRule(NamedTuple):
    """How detections are made of a head's decoded output.

    Attributes:
        output: Class of that output.
        select: Function of output, clip, settings and scale that gives detections in
            network pixels.
    """

    output: type
    select: Callable[..., InstanceData]


#: The rules by name. A head has its name in ``detection_rule``.
DETECTION_RULES = {
    "boxes": DetectionRule(ScoredBoxes, detections_of_boxes),
    "peaks": DetectionRule(CenterDetections, detections_of_peaks),
    "yolov3": DetectionRule(ScoredBoxes, detections_of_yolov3),
    "dense": DetectionRule(ScoredBoxes, detections_of_dense_head),
}


def apply_rule(
    name: str,
    decoded: Any,
    cfg: Mapping[str, Any],
    metas: Sequence[Mapping[str, Any]],
    rescale: bool,
) -> list[InstanceData]:
    """Make the detections of a batch.

    Args:
        name: Key of ``DETECTION_RULES``.
        decoded: Decoded output.
        cfg: Settings of the rule.
        metas: Of each clip ``scale_factor`` (x, y) and, except in mmdet's detectors,
            ``original_shape`` (h, w), in which boxes are kept.
        rescale: Whether boxes go to pixels of the original frame.
    """
    select = DETECTION_RULES[name].select
    results = []
    for clip, meta in enumerate(metas):
        factors = meta["scale_factor"] if rescale else (1.0, 1.0)
        scale = decoded.boxes.new_tensor(factors)
        result = select(decoded, clip, cfg, scale)
        if rescale:
            result.bboxes = _rescaled(result.bboxes, scale, meta)
            if "keypoints" in result:
                result.keypoints = result.keypoints / scale
        results.append(result)
    return results


def _rescaled(boxes: Tensor, scale: Tensor, meta: Mapping[str, Any]) -> Tensor:
    if "original_shape" in meta:
        return to_original_pixels(boxes, scale, meta["original_shape"])
    return boxes / scale.repeat(2)
