"""Decoding of a head apart from its suppression, for the dense heads of mmdet too.

mmdet's heads decode and suppress in one function of each image. Here their output is
decoded for a batch, in plain tensor operations, so that it can be exported; a rule of
``detection_rules.py`` makes detections of it, those that mmdet would make.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from mmdet.models.dense_heads import GFLHead, TOODHead, YOLOXHead
from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from torch import Tensor

from stal_plugin.models.dense_heads.detection_rules import (
    DEFAULT_BOXES_CFG,
    ScoredBoxes,
)

Maps = Sequence[Tensor]
#: Height and width: whole numbers, or while a graph of free size is traced, tensors.
Size = tuple[Any, Any]


class Decoding(NamedTuple):
    """How a head's output becomes detections.

    Attributes:
        rule: Key of ``DETECTION_RULES``.
        decode: Function of the output of the head, a tuple, and of height and width of
            the network's input; gives what the rule takes.
        cfg: Settings of the rule.
    """

    rule: str
    decode: Callable[[tuple, Size], Any]
    cfg: dict[str, Any]


def is_mmdet_head(head: Any) -> bool:
    """Tell whether a head is one of mmdet's, or a child without a rule of its own."""
    hosts = [c for c in type(head).__mro__ if c.__module__.startswith("mmdet.models.")]
    return not hasattr(head, "detection_rule") and hosts[:1] != [BaseDenseHead]


def decoding_of(head: Any) -> Decoding | None:
    """Find how to decode a head.

    Args:
        head: One of ours, which has ``decode``; or a dense head of mmdet that predicts
            like FCOS, ATSS, RetinaNet or RTMDet (``BaseDenseHead``), GFL, TOOD, YOLOX.

    Returns:
        None for heads that decode in another way.
    """
    if hasattr(head, "decode"):
        return Decoding(
            head.detection_rule, lambda maps, _: head.decode(*maps), dict(head.rule_cfg)
        )
    kind = type(head)
    settings = dict(getattr(head, "test_cfg", None) or {})
    if getattr(kind, "predict_by_feat", None) is YOLOXHead.predict_by_feat:
        return Decoding(
            "boxes",
            lambda maps, size: decode_yolox(
                head, maps[0], maps[1], maps[2], free=_is_free(size)
            ),
            {**DEFAULT_BOXES_CFG, **settings},
        )
    if getattr(kind, "predict_by_feat", None) is not BaseDenseHead.predict_by_feat:
        return None
    level = _LEVELS.get(kind._predict_by_feat_single)
    if level is None or getattr(head.loss_cls, "custom_cls_channels", False):
        return None
    return Decoding(
        "dense",
        lambda maps, size: _all_levels(head, level, maps, size),
        {"nms_pre": 1000, **settings},
    )


def _all_levels(
    head: Any, level: Callable[..., Any], maps: tuple[Maps, ...], size: Size
) -> ScoredBoxes:
    """Decode the levels of a head and join them."""
    scores, deltas = maps[0], maps[1]
    factors = maps[2] if len(maps) > 2 else [None] * len(scores)
    priors = head.prior_generator.grid_priors(
        _sizes(scores, _is_free(size)), dtype=scores[0].dtype, device=scores[0].device
    )
    strides = head.prior_generator.strides
    parts: list[ScoredBoxes] = []
    for score, delta, factor, prior, stride in zip(
        scores, deltas, factors, priors, strides, strict=True
    ):
        probs, boxes = level(
            head, _rows(score, head.cls_out_channels), delta, prior, stride[0], size
        )
        weight = (
            probs.new_ones(probs.shape[:2])
            if factor is None
            else _rows(factor, 1)[..., 0].sigmoid()
        )
        parts.append(ScoredBoxes(boxes, weight, probs))
    return ScoredBoxes(*(torch.cat(part, dim=1) for part in zip(*parts, strict=True)))


def _coded(
    head: Any, score: Tensor, delta: Tensor, prior: Tensor, stride: int, size: Size
) -> tuple[Tensor, Tensor]:
    """Decode as ``BaseDenseHead`` does: with the head's coder."""
    probs = score.sigmoid() if head.use_sigmoid_cls else score.softmax(-1)[..., :-1]
    rows = _rows(delta, head.bbox_coder.encode_size)
    return probs, _boxes(head.bbox_coder, prior, rows, size)


def _integral(
    head: Any, score: Tensor, delta: Tensor, prior: Tensor, stride: int, size: Size
) -> tuple[Tensor, Tensor]:
    """Decode as GFL does: distances are means of distributions."""
    rows = head.integral(_rows(delta, 4 * (head.reg_max + 1)))
    rows = rows.reshape(delta.shape[0], -1, 4) * stride
    centers = head.anchor_center(prior)
    return score.sigmoid(), _boxes(head.bbox_coder, centers, rows, size)


def _aligned(
    head: Any, score: Tensor, delta: Tensor, prior: Tensor, stride: int, size: Size
) -> tuple[Tensor, Tensor]:
    """Decode as TOOD does: its output is probabilities and boxes in cells."""
    return score, _rows(delta, 4) * stride


_LEVELS: dict[Any, Callable[..., tuple[Tensor, Tensor]]] = {
    BaseDenseHead._predict_by_feat_single: _coded,
    GFLHead._predict_by_feat_single: _integral,
    TOODHead._predict_by_feat_single: _aligned,
}


def decode_yolox(
    head: Any,
    scores: Maps,
    deltas: Maps,
    objectness: Maps,
    softmax: bool = False,
    free: bool = False,
) -> ScoredBoxes:
    """Decode the output of a ``YOLOXHead``, which has objectness.

    Args:
        head: The head.
        scores: Class logits of each level ``(B, K, H, W)``.
        deltas: ``(B, 4, H, W)``.
        objectness: Logits ``(B, 1, H, W)``.
        softmax: Classes are exclusive.
        free: A graph that is traced takes maps of any size.
    """
    values = yolox_rows(head, deltas, objectness, free)
    logits = yolox_class_rows(head, scores)
    probs = logits.softmax(dim=-1) if softmax else logits.sigmoid()
    return ScoredBoxes(values.boxes, values.objectness.sigmoid(), probs)


class YoloxRows(NamedTuple):
    """Boxes of a ``YOLOXHead`` at P points, those of all levels.

    Attributes:
        boxes: ``(B, P, 4)`` xyxy pixels.
        objectness: ``(B, P)`` logits.
        priors: ``(P, 4)``: x, y of the point and its stride, twice.
    """

    boxes: Tensor
    objectness: Tensor
    priors: Tensor


def yolox_rows(
    head: Any, deltas: Maps, objectness: Maps, free: bool = False
) -> YoloxRows:
    """Join the levels of a ``YOLOXHead``; arguments as of :func:`decode_yolox`."""
    priors = torch.cat(
        head.prior_generator.grid_priors(
            _sizes(deltas, free),
            dtype=deltas[0].dtype,
            device=deltas[0].device,
            with_stride=True,
        )
    )
    boxes = head._bbox_decode(priors, _joined(deltas, 4))
    return YoloxRows(boxes, _joined(objectness, 1)[..., 0], priors)


def yolox_class_rows(head: Any, scores: Maps) -> Tensor:
    """Class logits ``(B, P, K)`` of all levels of a ``YOLOXHead``."""
    return _joined(scores, head.cls_out_channels)


def _joined(maps: Maps, channels: int) -> Tensor:
    return torch.cat([_rows(level, channels) for level in maps], dim=1).float()


def _boxes(coder: Any, priors: Tensor, rows: Tensor, size: Size) -> Tensor:
    """Decode ``(B, P, n)`` at P priors and keep the boxes inside the input."""
    batch = rows.shape[0]
    flat = priors.expand(batch, *priors.shape).flatten(0, 1)
    boxes = coder.decode(flat, rows.flatten(0, 1)).reshape(batch, -1, 4)
    if not getattr(coder, "clip_border", True):
        return boxes
    # the coders' own clipping imports a module of mmdet 2 while a graph is traced
    sides = [size[1], size[0], size[1], size[0]]
    limit = torch.stack(sides).to(boxes) if _is_free(size) else boxes.new_tensor(sides)
    return torch.minimum(boxes.clamp(min=0), limit)


def _rows(level: Tensor, channels: int) -> Tensor:
    """Turn a map ``(B, A * n, H, W)`` into ``(B, H * W * A, n)``, as mmdet does."""
    rows = level.permute(0, 2, 3, 1)
    return rows.reshape(rows.shape[0], -1, channels)


def _is_free(size: Size) -> bool:
    """Whether a graph is traced that takes any size, so that none may be fixed."""
    return isinstance(size[0], Tensor)


def _sizes(maps: Maps, free: bool) -> list[Size]:
    if free:
        return [(m.shape[-2], m.shape[-1]) for m in maps]
    return [(int(m.shape[-2]), int(m.shape[-1])) for m in maps]
