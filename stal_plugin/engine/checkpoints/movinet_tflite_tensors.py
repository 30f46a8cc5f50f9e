"""Weights of the operators of a TFLite MoViNet, as tensors of our modules."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.movinet_common import LINEAR, check_shape
from stal_plugin.engine.checkpoints.tflite_file import TFLiteOperator


def layer_tensors(
    path: str | Path,
    layers: Mapping[str, TFLiteOperator],
    scales: Mapping[str, TFLiteOperator],
    shapes: Mapping[str, tuple[int, ...]],
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the tensors of the layers under the names of our modules.

    Args:
        path: The file, for errors.
        layers: By the name of our layer, the operator with its weights.
        scales: By the name of our parameter, the operator with a scale of a block.
        shapes: Shapes in our backbone.

    Returns:
        Tensors of the backbone; tensors of the classifier.

    Raises:
        ValueError: A shape differs, or a number is not finite.
    """
    backbone: dict[str, Tensor] = {}
    head: dict[str, Tensor] = {}
    for place, operator in layers.items():
        if place.startswith("fc_"):
            head |= _layer(path, place, operator, None)
        else:
            backbone |= _layer(path, place, operator, shapes)
    for place, operator in scales.items():
        backbone[place] = _scale(path, place, operator)
    for name in shapes:
        if name.endswith(".rezero") and name not in backbone:
            backbone[name] = torch.ones(())  # folded into the projection
    return backbone, head


def _layer(
    path: str | Path,
    place: str,
    operator: TFLiteOperator,
    shapes: Mapping[str, tuple[int, ...]] | None,
) -> dict[str, Tensor]:
    weight, bias = operator.constants[1], operator.constants.get(2)
    if place.endswith(LINEAR):
        names = (f"{place}.weight", f"{place}.bias")
    elif place.endswith("feature.time"):
        names = (f"{place}.weight", f"{place}_norm.bias")
    else:
        names = (f"{place}.conv.weight", f"{place}.bn.bias")
    shape = _our_shape(operator.kind, place, weight.shape)
    check_shape(path, names[0], shape, shapes)
    channels = (shape[0],)
    if bias is not None and bias.shape != channels:
        check_shape(path, names[1], bias.shape, {names[1]: channels})
    values = _ordered(operator.kind, weight.values()).reshape(shape)
    offset = np.zeros(channels, np.float32) if bias is None else bias.values()
    if place.endswith("attention.expand") and operator.has_relu6:
        offset = offset - np.float32(3)  # of the hard sigmoid, relu6(x + 3) / 6
    tensors = {names[0]: torch.from_numpy(values), names[1]: torch.from_numpy(offset)}
    if not place.endswith(LINEAR):
        tensors |= _neutral_norm(names[1].removesuffix(".bias"), shape[0])
    return tensors


def _our_shape(kind: str, place: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of a weight in our model; that of the file if it makes no sense there."""
    if len(shape) != 4:
        return shape
    first, rows, columns, last = shape
    if place.endswith(LINEAR):
        return (first, last) if rows == columns == 1 else shape
    if kind != "DEPTHWISE_CONV_2D":
        return (first, last, rows, columns)
    if first != 1:
        return shape
    time = place.endswith("feature.time")
    return (last, 1, rows, columns, 1) if time else (last, 1, rows, columns)


def _ordered(kind: str, values: np.ndarray) -> np.ndarray:
    """Channels first."""
    if values.ndim != 4:
        return values
    order = (3, 0, 1, 2) if kind == "DEPTHWISE_CONV_2D" else (0, 3, 1, 2)
    return np.ascontiguousarray(values.transpose(order))


def _neutral_norm(name: str, channels: int) -> dict[str, Tensor]:
    """Batch norm that adds its bias and changes nothing else."""
    eps = 1e-3
    return {
        f"{name}.weight": torch.ones(channels),
        f"{name}.running_mean": torch.zeros(channels),
        f"{name}.running_var": torch.full((channels,), 1 - eps),
        f"{name}.num_batches_tracked": torch.zeros((), dtype=torch.int64),
    }


def _scale(path: str | Path, place: str, operator: TFLiteOperator) -> Tensor:
    (constant, *_) = operator.constants.values()
    raw, scale = constant.raw, constant.scale
    if (scale is not None and len(scale) > 1) or (raw != raw[0]).any():
        raise ValueError(f"'{path}': {place} is not one number ({constant.shape})")
    one = replace(constant, shape=(1,), raw=raw[:1])
    return torch.tensor(float(one.values()[0]))
