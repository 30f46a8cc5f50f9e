"""MoViNets in checkpoints of TensorFlow."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.movinet_common import (
    LINEAR,
    architecture_of,
    check_shape,
    layer_of,
    shapes_of,
    squeeze_type,
    whole_network,
)
from stal_plugin.engine.checkpoints.tensorflow_file import read_variables
from stal_plugin.engine.checkpoints.torch_file import ForeignWeights

_SCALE = re.compile(r"(?:^|/)block(\d+)_layer(\d+)/scale$")
_NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
_LEAVES = {"kernel": "weight", "depthwise_kernel": "weight", "bias": "bias", **_NORM}
_NOTE = (
    "A checkpoint does not say which activation it was trained with, nor whether 3D "
    "convolutions see later frames: both are taken to be as published ({published})."
)


def read_movinet_checkpoint(path: str | Path) -> ForeignWeights:
    """Read a MoViNet of tensorflow/models, A0 to A2, base or streaming.

    Args:
        path: The ``.index`` file; its ``.data-*`` files lie beside it.

    Returns:
        The backbone's tensors, with batch norm as it was trained, and the
        classifier's beside them.

    Raises:
        FileNotFoundError: A file does not exist.
        ValueError: It is damaged, or of another network.
    """
    variables, files = read_variables(path, lambda name: bool(_our_name(name, True)))
    causal = not any(v.ndim == 5 for v in variables.values())
    named = _by_our_names(path, variables, causal)
    layers = {name.removesuffix(".conv.weight") for name in named}
    arch = architecture_of(path, layers)
    model: dict[str, Any] = {
        "type": "stal_plugin.MoViNet",
        "arch": arch,
        "causal": causal,
        "se_type": _se_type(named),
        "activation": "hard_swish" if causal else "swish",
    }
    shapes = shapes_of(model)
    tensors = {
        name: torch.zeros((), dtype=torch.int64)
        for name in shapes
        if name.endswith("num_batches_tracked")
    }
    head: dict[str, Tensor] = {}
    for name, values in named.items():
        is_head = name.startswith("fc_")
        fitted = _fitted(path, name, values, None if is_head else shapes)
        (head if is_head else tensors)[name] = torch.from_numpy(fitted)
    published = "hard swish, causal" if causal else "swish, 3D convolutions that do"
    note = _NOTE.format(published=published)
    return whole_network(path, model, tensors, head, note, _sha256(files))


def _our_name(name: str, causal: bool) -> str:
    """Name of our tensor for a variable; empty if it is none of a MoViNet."""
    if scale := _SCALE.search(name):
        return f"block{int(scale[1])}.{int(scale[2])}.rezero"
    leaf = name.rpartition("/")[2]
    layer = layer_of(name)
    if leaf not in _LEAVES or not layer:
        return ""
    is_norm = leaf in _NORM
    if layer.endswith(LINEAR):
        module = layer
    elif not layer.endswith(".feature"):
        module = f"{layer}.{'bn' if is_norm else 'conv'}"
    elif not causal:
        module = f"{layer}.{'norm' if is_norm else 'conv'}"
    elif "_temporal/" in name:
        module = f"{layer}.{'time_norm' if is_norm else 'time'}"
    else:
        module = f"{layer}.space.{'bn' if is_norm else 'conv'}"
    return f"{module}.{_LEAVES[leaf]}"


def _by_our_names(
    path: str | Path, variables: Mapping[str, np.ndarray], causal: bool
) -> dict[str, np.ndarray]:
    """Variables by the names of our tensors, channels of the output first."""
    named: dict[str, np.ndarray] = {}
    for name, values in variables.items():
        ours = _our_name(name, causal)
        if ours in named:
            raise ValueError(
                f"'{path}' has two variables for {ours}, the second is '{name:.150}'"
            )
        if name.endswith("depthwise_kernel") and values.ndim == 4:
            values = values.transpose(2, 3, 0, 1)
        elif name.endswith("kernel") and values.ndim > 3:
            values = values.transpose(-1, -2, *range(values.ndim - 2))
        named[ours] = values
    return named


def _se_type(named: Mapping[str, np.ndarray]) -> str:
    names = [f"block0.0.attention.{part}.weight" for part in ("reduce", "expand")]
    if not all(name in named and named[name].ndim > 1 for name in names):
        return "none"
    reduce, expand = (named[name].shape for name in names)
    return squeeze_type(reduce[1], expand[1], expand[0])


def _fitted(
    path: str | Path,
    name: str,
    values: np.ndarray,
    shapes: Mapping[str, tuple[int, ...]] | None,
) -> np.ndarray:
    """Drop or add axes of size one where our tensor has fewer or more of them."""
    if shapes is None and name.endswith("bias"):
        return values.copy()
    shape = (0, 0) if shapes is None else shapes.get(name, ())
    kept = [*values.shape[:2], *(size for size in values.shape[2:] if size > 1)]
    wanted = [*shape[:2], *(size for size in shape[2:] if size > 1)]
    if shapes is None and len(kept) == 2:
        shape = (kept[0], kept[1])
    elif kept != wanted or (shapes is not None and name not in shapes):
        check_shape(path, name, values.shape, shapes)
    return values.reshape(shape).copy()


def _sha256(files: Iterable[Path]) -> str:
    """Checksum of the files, one after the other."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
