"""Start a network from a checkpoint with other classes, and report what was taken."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.class_layer import ClassLayer
from stal_plugin.engine.checkpoints.fitting import widened_stem
from stal_plugin.engine.checkpoints.inference_config import (
    stored_config,
    stored_numbers,
)
from stal_plugin.models.task_modules.kmeans import size_iou

_SHOWN = 4
_GENERATORS = ("prior_generator", "anchor_generator")  # YOWO's key, and YOLOv3's
#: Last parts of the names of tensors that the new data decide, not the checkpoint.
_OF_THE_CONFIG = ("anchor_sizes", "class_weights", "warmup.seen")

Weights = Mapping[str, Tensor]


@dataclass
class Transfer:
    """Weights to start from, and where they come from.

    Args:
        weights: All tensors of the new network.
        kept: Names of the tensors that are the checkpoint's.
        by_class: Names of the tensors that are the checkpoint's in the rows of shared
            classes and of boxes only.
        from_config: Names of those that the new configuration decides.
        anew: Names of those that start anew, and why.
        unused: Names of those of the checkpoint that have no place.
    """

    weights: dict[str, Tensor] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    by_class: list[str] = field(default_factory=list)
    from_config: list[str] = field(default_factory=list)
    anew: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def transfer_weights(
    old: Weights,
    new: Weights,
    layers: Mapping[str, ClassLayer],
    old_classes: Sequence[str],
    new_classes: Sequence[str],
) -> Transfer:
    """Take what fits from a network with other classes.

    Output rows of a class come from the class of the same name, whatever its number.
    Rows of an anchor (box, objectness, classes) come from the anchor of the checkpoint
    that is most alike in size. Everything else is taken if the shapes agree.

    Args:
        old: Weights of the checkpoint, and the sizes of its anchors.
        new: Weights of the new network, freshly initialised.
        layers: Layers of the new network that predict classes or boxes of anchors.
        old_classes: Classes of the checkpoint.
        new_classes: Classes of the new network.

    Returns:
        The weights and their origin.
    """
    result = Transfer(weights=dict(new))
    result.unused = [
        name for name in old if name not in new and not name.endswith(_OF_THE_CONFIG)
    ]
    for name, fresh in new.items():
        if name.endswith(_OF_THE_CONFIG):
            result.from_config.append(name)
            continue
        if name not in old:
            result.anew[name] = "not in the checkpoint"
            continue
        filled = widened_stem(old[name], fresh)
        stored = old[name] if filled is None else filled
        rows = torch.arange(len(stored)) if stored.dim() else None
        layer = layers.get(name.removesuffix(".weight").removesuffix(".bias"))
        if layer is not None:
            groups = _nearest_anchors(old, layer)
            rows = source_rows(layer, len(stored), old_classes, new_classes, groups)
        mixed = _mix(stored, fresh, rows)
        if mixed is None:
            stored_shape, shape = list(stored.shape), list(fresh.shape)
            result.anew[name] = f"{stored_shape} in the checkpoint, {shape} here"
            continue
        same = rows is None or torch.equal(rows, torch.arange(len(stored)))
        (result.kept if same else result.by_class).append(name)
        result.weights[name] = mixed
    return result


def _mix(stored: Tensor, fresh: Tensor, rows: Tensor | None) -> Tensor | None:
    """Rows of a stored tensor, fresh ones for -1; None if the shapes do not fit."""
    if rows is None:
        return stored if stored.shape == fresh.shape == () else None
    if len(rows) != len(fresh) or stored.shape[1:] != fresh.shape[1:]:
        return None
    known = (rows >= 0).view(-1, *[1] * (fresh.dim() - 1))
    return torch.where(known, stored[rows].to(fresh), fresh)


def source_rows(
    layer: ClassLayer,
    num_rows: int,
    old_classes: Sequence[str],
    new_classes: Sequence[str],
    groups: Sequence[int],
) -> Tensor | None:
    """Row of the old layer that each row of the new one starts from.

    Args:
        layer: Order of the rows of the new layer.
        num_rows: Rows of the old layer.
        old_classes: Its classes.
        new_classes: Classes of the new layer.
        groups: ``(G,)`` group of the old layer for each of the new one.

    Returns:
        ``(D,)`` int64, -1 for rows that start anew; None if the old layer has another
        form.
    """
    if not layer.has_classes:
        old_classes = new_classes = ()
    step = layer.fixed + len(old_classes)
    if num_rows % step or num_rows // step <= max(groups):
        return None
    number = {name: k for k, name in enumerate(old_classes)}
    shared = [number.get(name, -1) for name in new_classes]
    inside = [*range(layer.fixed), *(layer.fixed + k if k >= 0 else -1 for k in shared)]
    rows = [[g * step + i if i >= 0 else -1 for i in inside] for g in groups]
    return torch.tensor(rows).flatten()


def _nearest_anchors(old: Weights, layer: ClassLayer) -> list[int]:
    """Old group for each new one: of the anchor that is most alike, else the same."""
    if layer.anchors not in old or not layer.sizes:
        return list(range(layer.groups))
    stored = old[layer.anchors][layer.level].double().cpu().numpy()
    return size_iou(np.array(layer.sizes), stored).argmax(axis=1).tolist()


def transfer_report(
    result: Transfer, old_classes: Sequence[str], new_classes: Sequence[str]
) -> list[str]:
    """Tell what was kept and what starts anew.

    Args:
        result: Weights and their origin.
        old_classes: Classes of the checkpoint; empty if unknown.
        new_classes: Classes of the new network.

    Returns:
        Lines.
    """
    kept = [name for name in new_classes if name in old_classes]
    fresh = [name for name in new_classes if name not in old_classes]
    gone = [name for name in old_classes if name not in new_classes]
    lines = [
        f"fine-tuning: {len(result.kept)} of {len(result.weights)} tensors are those "
        "of the checkpoint"
    ]
    if not old_classes:
        lines.append("  classes: the checkpoint does not name them; taken by number")
    else:
        lines.append(
            f"  classes kept by name: {_listed(kept)}; anew: {_listed(fresh)}; left "
            f"out: {_listed(gone)}"
        )
    origins = {
        "rows kept class by class": result.by_class,
        "from the config": result.from_config,
        "start anew": [f"{name} ({why})" for name, why in result.anew.items()],
        "without a place here": result.unused,
    }
    return lines + [f"  {text}: {_listed(own)}" for text, own in origins.items() if own]


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}" if names else "none"


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
        config = stored_config(meta)
    except ValueError:
        return {}
    anchors = {}
    for name in names:
        head = ".".join(["model", *name.split(".")[:-2]])
        for key in _GENERATORS:
            sizes = stored_numbers(config, f"{head}.{key}.base_sizes")
            with contextlib.suppress(ValueError):  # levels of unlike lengths
                if sizes:
                    anchors[name] = torch.tensor(sizes, dtype=torch.float64)
    return anchors
