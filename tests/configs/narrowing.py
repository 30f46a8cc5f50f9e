"""Full-size networks with an eighth of their hidden channels: built in a moment."""

from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from stal_plugin.registry import MODELS

NARROW = 8
CHANNELS = (
    *("channels", "feat_channels", "in_channels", "out_channels"),
    *("num_deconv_filters", "cls_in_channels", "cls_channels"),
)
NARROWER: dict[str, dict] = {
    "stal_plugin.Darknet19": {"width": 1 / NARROW},
    "stal_plugin.ResNet3D18": {"width": 1 / NARROW},
    "mmdet.ResNet": {"base_channels": 64 // NARROW},
    "mmdet.FCOSHead": {"norm_cfg": {"type": "GN", "num_groups": 4}},
}


def narrow(channels: int) -> int:
    return channels if channels in (3, 80, 425) else channels // NARROW


def narrowed(node: Any) -> Any:
    """A config with an eighth of the hidden channels."""
    if isinstance(node, (list, tuple)):
        return type(node)(narrowed(child) for child in node)
    if not isinstance(node, dict):
        return node
    out = {
        key: _narrow_all(value) if key in CHANNELS else narrowed(value)
        for key, value in node.items()
    }
    return out | NARROWER.get(node.get("type", ""), {})


def _narrow_all(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_narrow_all(v) for v in value)
    return narrow(value) if value >= 64 else value


def check_full_width(settings: Any, clips: tuple[int, ...]) -> int:
    """Run a network without weights, which tells whether its layers fit together.

    Random numbers and normalisation are left out: on the meta device they take longer
    than all else.

    Args:
        settings: Config of a network.
        clips: Shape of its input.

    Returns:
        Number of parameters.
    """
    same = {name: lambda tensor, *_, **__: tensor for name in ("normal_", "uniform_")}
    with torch.device("meta"), patch.multiple(torch.Tensor, **same):
        whole = MODELS.build(settings)
        count = sum(p.numel() for p in whole.parameters())
        for module in list(whole.modules()):
            for name, child in module.named_children():
                if isinstance(child, _BatchNorm):
                    setattr(module, name, nn.Identity())
        assert whole(torch.zeros(clips), mode="tensor") is not None
    return count
