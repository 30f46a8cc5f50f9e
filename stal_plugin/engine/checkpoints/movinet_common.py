"""What Google's files of MoViNets have in common: names of layers, sizes, checks."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

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
#: Ends of the names of layers that are linear in our modules.
LINEAR = ("attention.reduce", "attention.expand", "fc_hidden", "fc_cls")


def layer_of(name: str) -> str:
    """Return our name of the layer that a tensor belongs to; empty if there is none.

    Args:
        name: In the file, e.g. ``'block1_layer0/bneck/skip/skip_project/conv2d'``.

    Returns:
        For example ``'block1.0.skip'``, ``'stem'`` or ``'fc_cls'``.
    """
    if block := _BLOCK.search(name):
        part = _PARTS.get(block[3], block[3])
        return f"block{int(block[1])}.{int(block[2])}.{part}"
    return next((ours for text, ours in _SINGLE.items() if text in name), "")


def architecture_of(path: str | Path, layers: Collection[str]) -> str:
    """Tell the architecture by how many layers each block has.

    Args:
        path: The file, for errors.
        layers: Our names of its layers.

    Raises:
        ValueError: It is none of those that :class:`MoViNet` has.
    """
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


def squeeze_type(squeezed: int, hidden: int, excited: int) -> str:
    """Tell what squeeze-excitation sees, by the sizes of its layers.

    Args:
        squeezed: Inputs of the first layer.
        hidden: Inputs of the second layer.
        excited: Its outputs, one per channel; 0: there is none.
    """
    if not (squeezed and hidden and excited):
        return "none"
    return "3d" if squeezed == excited else "2plus3d"


def shapes_of(model: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors of a :class:`MoViNet`, by its arguments."""
    with torch.device("meta"):  # shapes only
        expected = MoViNet(**{k: v for k, v in model.items() if k != "type"})
    return {name: tuple(t.shape) for name, t in expected.state_dict().items()}


def check_shape(
    path: str | Path,
    name: str,
    shape: tuple[int, ...],
    shapes: Mapping[str, tuple[int, ...]] | None,
) -> None:
    """Check the shape of one tensor.

    Args:
        path: The file.
        name: Of our tensor.
        shape: In the file.
        shapes: Shapes in our backbone; None: it is of the classifier, a matrix.

    Raises:
        ValueError: It differs.
    """
    expected = "of two axes" if shapes is None else shapes.get(name, "absent")
    if len(shape) != 2 if shapes is None else expected != shape:
        raise ValueError(
            f"'{path}' is of another network: {name} is {shape}, in a MoViNet it is "
            f"{expected}"
        )


def whole_network(
    path: str | Path,
    model: dict[str, Any],
    tensors: dict[str, Tensor],
    head: dict[str, Tensor],
    note: str,
    sha256: str,
) -> ForeignWeights:
    """Check that nothing is missing, and say what a checkpoint needs.

    Args:
        path: The file, for errors.
        model: Config of our backbone.
        tensors: Of the backbone, of the right shapes.
        head: Of the classifier, under the names of ``MoViNetHead``; may be empty.
        note: What the user should know of this kind of file.
        sha256: Of the file.

    Raises:
        ValueError: Tensors are missing, or the classifier does not fit.
    """
    shapes = shapes_of(model)
    _check_all_there(path, tensors, shapes)
    _check_head(path, head, shapes["project.conv.weight"][0])
    meta = {k: v for k, v in model.items() if k != "type"}
    return ForeignWeights(
        tensors,
        model,
        REQUIRED_ARGUMENTS,
        notes=(note, _head_note(head, model["activation"])),
        prefix="backbone.",
        companions={f"cls_head.{name}": tensor for name, tensor in head.items()},
        meta={**meta, "sha256": sha256},
    )


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
