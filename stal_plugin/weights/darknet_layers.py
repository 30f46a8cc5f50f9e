"""From the numbers of a Darknet file to the tensors of a network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn


def convolutions(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """List the convolutions of a network in the order of their registration.

    Args:
        network: Its convolutions are mmcv ``ConvModule`` (with BatchNorm) or plain
            ``Conv2d``.

    Returns:
        Name and module of each.
    """
    found: list[tuple[str, nn.Module]] = []
    for name, module in network.named_modules():
        inside = found and name.startswith(f"{found[-1][0]}.")
        if isinstance(module, (ConvModule, nn.Conv2d)) and not inside:
            found.append((name, module))
    return found


def count_values(layers: Sequence[tuple[str, nn.Module]]) -> int:
    """Return how many numbers a Darknet file has for these layers."""
    return sum(int(np.prod(shape)) for _, layer in layers for _, shape in _parts(layer))


def take_tensors(
    values: np.ndarray, layers: Sequence[tuple[str, nn.Module]]
) -> dict[str, Tensor]:
    """Cut the numbers of a file into the tensors of its layers.

    Each layer is, with BatchNorm: bias, weight, running mean and running variance of
    the norm, weight of the convolution; without: bias and weight of the convolution.
    Weights are ordered (output channel, input channel, row, column).

    Args:
        values: ``(N,)`` float32, N at least :func:`count_values`.
        layers: As :func:`convolutions` returns them.

    Returns:
        Tensors by name, counters of BatchNorm (0) included.
    """
    tensors: dict[str, Tensor] = {}
    start = 0
    for name, layer in layers:
        for part, shape in _parts(layer):
            end = start + int(np.prod(shape))
            array = values[start:end].reshape(shape)
            tensors[f"{name}.{part}"] = torch.from_numpy(array.astype(np.float32))
            start = end
        if isinstance(layer, ConvModule):
            counter = f"{name}.{layer.norm_name}.num_batches_tracked"
            tensors[counter] = torch.zeros((), dtype=torch.int64)
    return tensors


def _parts(layer: Any) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a layer's tensors in the order of the file."""
    if isinstance(layer, ConvModule):
        channels = (layer.conv.out_channels,)
        norm = [
            (f"{layer.norm_name}.{part}", channels)
            for part in ("bias", "weight", "running_mean", "running_var")
        ]
        return [*norm, ("conv.weight", tuple(layer.conv.weight.shape))]
    return [
        ("bias", tuple(layer.bias.shape)),
        ("weight", tuple(layer.weight.shape)),
    ]
