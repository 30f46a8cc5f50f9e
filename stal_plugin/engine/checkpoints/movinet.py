"""Google's MoViNets in TFLite files."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.movinet_tensors import layer_tensors
from stal_plugin.engine.checkpoints.tflite_file import (
    TFLiteConstant,
    TFLiteOperator,
    read_tflite,
)
from stal_plugin.engine.checkpoints.torch_file import ForeignWeights
from stal_plugin.models.backbones.movinet import MoViNet
from stal_plugin.models.backbones.movinet_architectures import ARCHITECTURES

#: Arguments of :class:`MoViNet` that decide about names, shapes and results.
REQUIRED_ARGUMENTS = ("arch", "causal", "se_type", "activation")
_BLOCK = re.compile(
    r"block(\d+)_layer(\d+)/bneck/(expansion|feature|projection|skip|se/se_reduce|"
    r"se/se_expand|rezero)"
)
_SINGLE = {
    "/stem/": "stem",
    "head/project/": "project",
    "classifier_head/head/": "fc_hidden",
    "classifier_head/classifier/": "fc_cls",
}
_PARTS = {"se/se_reduce": "attention.reduce", "se/se_expand": "attention.expand"}
_LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_NOTE = (
    "Batch norm is folded in such files: it is written as one that changes nothing, "
    "and stays so while norm_eval=True (default)."
)


def read_movinet(path: str | Path) -> ForeignWeights:
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
        "arch": _architecture(path, layers),
        "causal": True,
        "se_type": _se_type(layers),
        "activation": _activation(path, operators, layers),
    }
    with torch.device("meta"):  # shapes only
        expected = MoViNet(**{k: v for k, v in model.items() if k != "type"})
    shapes = {name: tuple(t.shape) for name, t in expected.state_dict().items()}
    tensors, head = layer_tensors(path, layers, scales, shapes)
    _check_all_there(path, tensors, shapes)
    _check_head(path, head, expected.out_channels)
    meta = {k: v for k, v in model.items() if k != "type"}
    meta["sha256"] = hashlib.sha256(content).hexdigest()
    return ForeignWeights(
        tensors,
        model,
        REQUIRED_ARGUMENTS,
        notes=(_NOTE, _head_note(head, model["activation"])),
        prefix="backbone.",
        companions={f"cls_head.{name}": tensor for name, tensor in head.items()},
        meta=meta,
    )


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
    for name in (*(c.name for c in constants), operator.output):
        if block := _BLOCK.search(name):
            part = _PARTS.get(block[3], block[3])
            if part == "feature":
                is_time = constants[0].shape[2:3] == (1,)
                part = "feature.time" if is_time else "feature.space"
            return f"block{int(block[1])}.{int(block[2])}.{part}"
        for text, place in _SINGLE.items():
            if text in name:
                return place
    return ""


def _architecture(path: str | Path, layers: Mapping[str, Any]) -> str:
    """Tell the architecture by how many layers each block has."""
    counts = tuple(
        sum(f"block{i}.{j}.projection" in layers for j in range(20)) for i in range(5)
    )
    known = {n: tuple(map(len, a.stages)) for n, a in ARCHITECTURES.items()}
    for name, lengths in known.items():
        if lengths == counts:
            return name
    raise ValueError(
        f"'{path}' is of another network: its blocks have {counts} layers, but those "
        f"of MoViNets {', '.join(f'{n} {c}' for n, c in known.items())}"
    )


def _se_type(layers: Mapping[str, TFLiteOperator]) -> str:
    reduce = layers.get("block0.0.attention.reduce")
    expand = layers.get("block0.0.attention.expand")
    if reduce is None or expand is None:
        return "none"
    inner = expand.constants[1].shape[:1]
    return "3d" if reduce.constants[1].shape[-1:] == inner else "2plus3d"


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


def _check_all_there(
    path: str | Path, tensors: Mapping[str, Tensor], shapes: Mapping[str, Any]
) -> None:
    missing = [name for name in shapes if name not in tensors]
    if missing:
        raise ValueError(
            f"'{path}' has no weights for {missing[:3]} ({len(missing)} such): it is "
            "of another network"
        )


def _check_head(path: str | Path, head: Mapping[str, Tensor], channels: int) -> None:
    """Check that a classifier, if there is one, fits itself and the backbone."""
    if not head:
        return
    hidden = head.get("fc_hidden.weight", torch.empty(0, channels))
    classes = head.get("fc_cls.weight", torch.empty(0, 0))
    if (
        hidden.shape[1] != channels
        or classes.shape[1] != len(hidden)
        or not len(hidden)
    ):
        raise ValueError(
            f"'{path}' is of another network: its classifier has layers of "
            f"{tuple(hidden.shape)} and {tuple(classes.shape)}, the feature map has "
            f"{channels} channels"
        )


def _head_note(head: Mapping[str, Tensor], activation: Any) -> str:
    if not head:
        return "The file has no classifier."
    classes, hidden = head["fc_cls.weight"].shape
    channels = head["fc_hidden.weight"].shape[1]
    return (
        f"Classifier: stal_plugin.MoViNetHead(num_classes={classes}, "
        f"in_channels={channels}, hidden_channels={hidden}, "
        f"hidden_activation={activation!r})."
    )
