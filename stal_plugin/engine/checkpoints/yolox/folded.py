"""YOLOX exported to ONNX: its layers are found by how they are wired."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.onnx_convolutions import (
    OnnxConvolution,
    OnnxConvolutions,
    read_onnx_convolutions,
)
from stal_plugin.engine.checkpoints.yolox.layers import (
    SIZES,
    Convolution,
    output_convolutions,
    yolox_convolutions,
    yolox_model,
)
from stal_plugin.registry import MODELS

_OPERATORS = frozenset(
    (
        *("Conv", "Sigmoid", "Mul", "Add", "Concat", "MaxPool", "Resize", "Upsample"),
        *("Slice", "Transpose", "Reshape", "Exp", "Split", "Squeeze", "Unsqueeze"),
        *("Constant", "ConstantOfShape", "Identity", "Cast", "Shape", "Gather", "Tile"),
        *("Sub", "Div", "Floor", "Expand", "Range"),
    )
)


def read_folded(path: str | Path) -> tuple[str, dict[str, Tensor]]:
    """Read an exported YOLOX, whose BatchNorm is folded into its convolutions.

    The names in the file mean nothing. From the output on backwards, each convolution
    is what feeds the one after it, in the same order, so the graph alone says which is
    which. The bias becomes that of BatchNorm; the norm is the identity otherwise:
    weight 1, mean 0, variance 1 - eps.

    Args:
        path: The file.

    Returns:
        Size of the network and its tensors, under mmdet's names.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The package onnx is not installed.
        ValueError: See ``read_onnx_convolutions``; or it is another network.
    """
    graph = read_onnx_convolutions(path)
    others = sorted(graph.operators - _OPERATORS)
    if others:
        raise ValueError(
            f"'{path}' is no exported YOLOX with folded BatchNorm: YOLOX has no "
            f"{', '.join(others[:5])}"
        )
    size, found = _recognised(graph, path)
    classes = [n for n in found if ".multi_level_conv_cls.0" in n]
    with torch.device("meta"):  # shapes only
        num_classes = len(found[classes[0]].weight)
        model = MODELS.build(yolox_model(size, num_classes))
    tensors: dict[str, Tensor] = {}
    for layer in yolox_convolutions(size):
        module: Any = model.get_submodule(layer.name)
        tensors |= _tensors(layer, found[layer.name], module, path)
    return size, tensors


def _recognised(
    graph: OnnxConvolutions, path: str | Path
) -> tuple[str, dict[str, OnnxConvolution]]:
    """Size of the network, and its convolutions by mmdet's name."""
    stems = [c for c in graph.convolutions if not c.inputs]
    channels = {int(64 * width): size for size, (_, width, _) in SIZES.items()}
    size = channels.get(len(stems[0].weight)) if len(stems) == 1 else None
    named = None if size is None else _named(graph, yolox_convolutions(size))
    if size is None or named is None:
        raise ValueError(
            f"'{path}' is no YOLOX ({', '.join(SIZES)}): its "
            f"{len(graph.convolutions)} convolutions are wired otherwise"
        )
    return size, named


def _named(
    graph: OnnxConvolutions, layers: list[Convolution]
) -> dict[str, OnnxConvolution] | None:
    """Convolutions by name, or None if they are wired otherwise."""
    outputs = output_convolutions()
    if len(graph.outputs) != len(outputs) or len(graph.convolutions) != len(layers):
        return None
    indices = dict(zip(outputs, graph.outputs, strict=True))
    for layer in reversed(layers):  # each before those that feed it
        index = indices.get(layer.name)
        if index is None:
            return None
        inputs = graph.convolutions[index].inputs
        if len(inputs) != len(layer.inputs):
            return None
        for name, source in zip(layer.inputs, inputs, strict=True):
            if indices.setdefault(name, source) != source:
                return None
    return {name: graph.convolutions[i] for name, i in indices.items()}


def _tensors(
    layer: Convolution, conv: OnnxConvolution, module: Any, path: str | Path
) -> dict[str, Tensor]:
    plain = module.conv if layer.norm else module
    ours = (tuple(plain.weight.shape), tuple(plain.stride), plain.groups)
    theirs = (conv.weight.shape, conv.stride, conv.groups)
    channels = conv.weight.shape[:1]
    if theirs != ours or conv.bias is None or conv.bias.shape != channels:
        raise ValueError(
            f"'{path}' is no YOLOX: the convolution in the place of {layer.name} has "
            f"weights, stride and groups {theirs}, must have {ours} and a bias"
        )
    weight, bias = torch.from_numpy(conv.weight), torch.from_numpy(conv.bias)
    if not layer.norm:
        return {f"{layer.name}.weight": weight, f"{layer.name}.bias": bias}
    norm = f"{layer.name}.bn"
    return {
        f"{layer.name}.conv.weight": weight,
        f"{norm}.weight": torch.ones_like(bias),
        f"{norm}.bias": bias,
        f"{norm}.running_mean": torch.zeros_like(bias),
        f"{norm}.running_var": torch.full_like(bias, 1 - module.norm.eps),
        f"{norm}.num_batches_tracked": torch.zeros((), dtype=torch.int64),
    }
