"""Layers whose outputs belong to classes: order of their rows, and equal classes."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.logging import print_log
from torch import nn

_ANCHORS = "prior_generator.anchor_sizes"
_BOX = 5  # rows of a YOLO layer before the classes: four of the box, objectness


@dataclass(frozen=True)
class ClassLayer:
    """Order of the output rows of a layer: group by group, the fixed ones first.

    Args:
        groups: Number of groups: anchors of a YOLO layer, else 1.
        fixed: Rows of a group that belong to no class.
        anchors: Name of the tensor with the sizes of the anchors; '' for none.
        level: Level of the anchors.
        sizes: ``groups`` anchors (w, h) in pixels; () for none.
        has_classes: Whether rows of classes follow the fixed ones in each group.
    """

    groups: int
    fixed: int = 0
    anchors: str = ""
    level: int = 0
    sizes: tuple[tuple[float, float], ...] = ()
    has_classes: bool = True


def class_layers(model: nn.Module, num_classes: int) -> dict[str, ClassLayer]:
    """Find the layers that predict classes, or boxes of anchors.

    Known are YOWO's and YOLOv3's layers (box, objectness and, unless they come from
    elsewhere, classes of each anchor), heatmaps per class, the classifier of actors,
    ``conv_cls`` of mmdet and the layers of each level of its YOLOX.

    Args:
        model: The network.
        num_classes: Its number of classes K; layers with another number of outputs,
            such as the heatmap of persons in front of a classifier, have no classes.

    Returns:
        Layers by their name in the network.
    """
    layers = {}
    for prefix, module in model.named_modules():
        start = f"{prefix}." if prefix else ""
        for name, outputs, layer in _layers_of(module, f"{start}{_ANCHORS}"):
            rows = layer.fixed + num_classes * layer.has_classes
            if outputs == layer.groups * rows:
                layers[f"{start}{name}"] = layer
    return layers


def _layers_of(module: Any, anchors: str) -> Iterator[tuple[str, int, ClassLayer]]:
    """Name, number of outputs and order of the layers that a head owns."""
    yield from _layers_of_anchors(module, anchors)
    if hasattr(module, "conv_cls") and hasattr(module, "cls_out_channels"):
        outputs = module.conv_cls.out_channels
        yield "conv_cls", outputs, ClassLayer(outputs // module.cls_out_channels)
    for i, conv in enumerate(getattr(module, "multi_level_conv_cls", ())):
        yield f"multi_level_conv_cls.{i}", conv.out_channels, ClassLayer(1)
    if isinstance(getattr(module, "fc_cls", None), nn.Linear):
        yield "fc_cls", module.fc_cls.out_features, ClassLayer(1)
    if isinstance(getattr(module, "heatmap_head", None), nn.Sequential):
        last = len(module.heatmap_head) - 1
        outputs = module.heatmap_head[last].out_channels
        yield f"heatmap_head.{last}", outputs, ClassLayer(1)


def _layers_of_anchors(
    module: Any, anchors: str
) -> Iterator[tuple[str, int, ClassLayer]]:
    """Layers with the box, the objectness and mostly the classes of each anchor."""
    if hasattr(module, "conv_pred") and hasattr(module, "num_anchors"):
        groups = int(module.num_anchors)
        elsewhere = hasattr(module, "class_head")
        sizes = _sizes(module, 0)
        layer = ClassLayer(groups, _BOX, anchors, 0, sizes, not elsewhere)
        yield "conv_pred", module.conv_pred.out_channels, layer
    if hasattr(module, "convs_pred") and hasattr(module, "num_attrib"):
        for i, conv in enumerate(module.convs_pred):
            groups = conv.out_channels // module.num_attrib
            layer = ClassLayer(groups, _BOX, anchors, i, _sizes(module, i))
            yield f"convs_pred.{i}", conv.out_channels, layer


def _sizes(head: Any, level: int) -> tuple[tuple[float, float], ...]:
    sizes = getattr(getattr(head, "prior_generator", None), "base_sizes", None)
    return () if sizes is None else tuple((w, h) for w, h in sizes[level])


_SHOWN = 3
_FIX = {
    "resume": "To start a new training from its weights: tools/train.py --load-from",
    "test": "Test with the config and the data it was trained with, or fine-tune it "
    "first: tools/train.py --load-from",
}


def check_same_classes(old: Sequence[str], new: Sequence[str], purpose: str) -> None:
    """Stop where weights would stand for other classes than their own.

    Args:
        old: Classes of the checkpoint, by number; empty if unknown.
        new: Classes of the data, by number.
        purpose: ``'resume'`` or ``'test'``.

    Raises:
        ValueError: The numbers of classes differ, or the same names have other numbers.
            Other names with the same number are renamed classes: a warning.
    """
    old, new = list(old), list(new)
    if not old or old == new:
        return
    pairs = [f"{a!r} is {b!r}" for a, b in zip(old, new, strict=False) if a != b]
    shown = f"{', '.join(pairs[:_SHOWN])}{' ...' * (len(pairs) > _SHOWN)}"
    if len(old) != len(new) or set(old) == set(new):
        other = f"{len(old)} classes, the data have {len(new)}"
        if len(old) == len(new):
            other = f"the same classes in another order ({shown})"
        raise ValueError(f"the checkpoint has {other}. {_FIX[purpose]}")
    print_log(
        f"classes of the checkpoint are taken for those of the data of the same "
        f"number: {shown}",
        logger="current",
        level=logging.WARNING,
    )
