"""Sizes of the anchors that a checkpoint was trained with."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from stal_plugin.apis.config_text import parse_config_text

_GENERATORS = ("prior_generator", "anchor_generator")  # YOWO's key, and YOLOv3's


def checkpoint_anchors(
    meta: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Tensor]:
    """Read anchors from the config in a checkpoint.

    Args:
        meta: The checkpoint's ``meta``.
        names: Names of tensors, such as ``bbox_head.prior_generator.anchor_sizes``,
            which mmdet's generators do not have: their ``base_sizes`` are taken.

    Returns:
        ``(levels, A, 2)`` by name, of those that the config tells.
    """
    try:
        node = parse_config_text(str(meta.get("cfg", ""))).get("model", {})
    except ValueError:
        return {}
    found = {}
    for name in names:
        *heads, _, _ = name.split(".")
        head = node
        for key in heads:
            head = head.get(key) or {}
        sizes = [head.get(key, {}).get("base_sizes") for key in _GENERATORS]
        if any(sizes):
            found[name] = torch.tensor(next(filter(None, sizes)), dtype=torch.float64)
    return found
