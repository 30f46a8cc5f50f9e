"""Layers whose outputs belong to classes, and how their rows are ordered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
    """

    groups: int
    fixed: int = 0
    anchors: str = ""
    level: int = 0
    sizes: tuple[tuple[float, float], ...] = ()


def class_layers(model: nn.Module, num_classes: int) -> dict[str, ClassLayer]:
    """Find the layers that predict classes.

    Known are YOWO's and YOLOv3's layers (box, objectness and classes of each anchor),
    heatmaps per class, the classifier of actors and mmdet's ``conv_cls``.

    Args:
        model: The network.
        num_classes: Its number of classes K; layers with another number of outputs,
            such as the heatmap of persons in front of a classifier, have no classes.

    Returns:
        Layers by their name in the network.
    """
    found = {}
    for prefix, module in model.named_modules():
        start = f"{prefix}." if prefix else ""
        for name, outputs, layer in _layers_of(module, f"{start}{_ANCHORS}"):
            if outputs == layer.groups * (layer.fixed + num_classes):
                found[f"{start}{name}"] = layer
    return found


def _layers_of(module: Any, anchors: str) -> Iterator[tuple[str, int, ClassLayer]]:
    """Name, number of outputs and order of the layers that a head owns."""
    if hasattr(module, "conv_pred") and hasattr(module, "num_anchors"):
        groups = int(module.num_anchors)
        layer = ClassLayer(groups, _BOX, anchors, 0, _sizes(module, 0))
        yield "conv_pred", module.conv_pred.out_channels, layer
    if hasattr(module, "convs_pred") and hasattr(module, "num_attrib"):
        for i, conv in enumerate(module.convs_pred):
            groups = conv.out_channels // module.num_attrib
            layer = ClassLayer(groups, _BOX, anchors, i, _sizes(module, i))
            yield f"convs_pred.{i}", conv.out_channels, layer
    if hasattr(module, "conv_cls") and hasattr(module, "cls_out_channels"):
        outputs = module.conv_cls.out_channels
        yield "conv_cls", outputs, ClassLayer(outputs // module.cls_out_channels)
    if isinstance(getattr(module, "fc_cls", None), nn.Linear):
        yield "fc_cls", module.fc_cls.out_features, ClassLayer(1)
    if isinstance(getattr(module, "heatmap_head", None), nn.Sequential):
        last = len(module.heatmap_head) - 1
        outputs = module.heatmap_head[last].out_channels
        yield f"heatmap_head.{last}", outputs, ClassLayer(1)


def _sizes(head: Any, level: int) -> tuple[tuple[float, float], ...]:
    sizes = getattr(getattr(head, "prior_generator", None), "base_sizes", None)
    return () if sizes is None else tuple((w, h) for w, h in sizes[level])
