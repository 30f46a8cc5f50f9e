"""MoViNets in TFLite files."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stal_plugin.engine.checkpoints.movinet_common import (
    architecture_of,
    layer_of,
    shapes_of,
    squeeze_type,
    whole_network,
)
from stal_plugin.engine.checkpoints.movinet_tflite_tensors import layer_tensors
from stal_plugin.engine.checkpoints.tflite_file import (
    TFLiteConstant,
    TFLiteOperator,
    read_tflite,
)
from stal_plugin.engine.checkpoints.torch_file import ForeignWeights

_LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_NOTE = (
    "Batch norm is folded in such files: it is written as one that changes nothing, "
    "and stays so while norm_eval=True (default)."
)


def read_movinet_tflite(path: str | Path) -> ForeignWeights:
    """Read a MoViNet of tensorflow/models, A0 to A2, streaming, int8 or float.

    Args:
        path: The ``.tflite`` file.

    Returns:
        The backbone's tensors, and the classifier's beside them.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The package ``tflite`` is not installed.
        ValueError: It is damaged, or of another network.
    """
    operators, content = read_tflite(path)
    layers, scales = _places(path, operators)
    model: dict[str, Any] = {
        "type": "stal_plugin.MoViNet",
        "arch": architecture_of(path, layers),
        "causal": True,
        "se_type": _se_type(layers),
        "activation": _activation(path, operators, layers),
    }
    tensors, head = layer_tensors(path, layers, scales, shapes_of(model))
    sha256 = hashlib.sha256(content).hexdigest()
    return whole_network(path, model, tensors, head, _NOTE, sha256)


def _places(
    path: str | Path, operators: Sequence[TFLiteOperator]
) -> tuple[dict[str, TFLiteOperator], dict[str, TFLiteOperator]]:
    """Find the layer of each operator with weights, and of each scale of a block."""
    layers: dict[str, TFLiteOperator] = {}
    scales: dict[str, TFLiteOperator] = {}
    for operator in operators:
        if operator.kind == "CONV_3D":
            raise ValueError(f"'{path}' has 3D convolutions: only streaming ones fit")
        if operator.kind == "MUL" and operator.constants:
            found, place = scales, _place(operator, [*operator.constants.values()])
            if not place.endswith(".rezero"):
                continue
        elif operator.kind in _LAYERS and 1 in operator.constants:
            found, place = layers, _place(operator, [operator.constants[1]])
        else:
            continue
        if not place or place in found:
            raise ValueError(
                f"'{path}' is of another network than a MoViNet: no place for its "
                f"tensor '{operator.output:.150}'"
            )
        found[place] = operator
    return layers, scales


def _place(operator: TFLiteOperator, constants: Sequence[TFLiteConstant]) -> str:
    """Name of the layer in our model; empty if there is none."""
    names = (*(c.name for c in constants), operator.output)
    place = next(filter(None, map(layer_of, names)), "")
    if not place.endswith(".feature"):
        return place
    is_time = constants[0].shape[2:3] == (1,)
    return f"{place}.time" if is_time else f"{place}.space"


def _se_type(layers: Mapping[str, TFLiteOperator]) -> str:
    names = ("block0.0.attention.reduce", "block0.0.attention.expand")
    shapes = [layers[n].constants[1].shape if n in layers else (0,) for n in names]
    (reduce, expand) = shapes
    return squeeze_type(reduce[-1], expand[-1], expand[0])


def _activation(
    path: str | Path,
    operators: Sequence[TFLiteOperator],
    layers: Mapping[str, TFLiteOperator],
) -> str:
    kinds = {operator.kind for operator in operators}
    if "stem" in layers and layers["stem"].has_relu6:
        return "relu6"
    if kinds & {"HARD_SWISH", "RELU6"}:
        return "hard_swish"
    if "LOGISTIC" in kinds:
        return "swish"
    raise ValueError(f"'{path}' has no activation that MoViNets have: {sorted(kinds)}")
