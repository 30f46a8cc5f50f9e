"""YOLOX trained on COCO: files of its authors for mmdet's model."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.torch_file import ForeignWeights, read_state_dict
from stal_plugin.engine.checkpoints.yolox.folded import read_folded
from stal_plugin.engine.checkpoints.yolox.layers import (
    SIZES,
    Convolution,
    yolox_convolutions,
    yolox_model,
)

_PERSON = 0  # of COCO's 80 classes
_CLASS_MAPS = "bbox_head.multi_level_conv_cls."
_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
_STEM = "backbone.backbone.stem.conv.conv.weight"
_INPUT = "the network takes BGR, 0 to 255, without mean and std, padded with 114"


def read_yolox(path: str | Path) -> ForeignWeights:
    """Read YOLOX as its authors publish it: ``yolox_*.pth`` or ``yolox_*.onnx``.

    Args:
        path: The file; an ``.onnx`` is known by its ending.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: An ONNX file, but the package onnx is not installed.
        ValueError: The file is damaged, cannot be read safely, or is of another
            network.
    """
    if Path(path).suffix.lower() == ".onnx":
        size, tensors = read_folded(path)
        notes: tuple[str, ...] = (
            "BatchNorm was folded into the convolutions: its statistics are neutral "
            "(mean 0, variance 1 - eps), so fine-tune with BatchNorm in eval mode",
        )
    else:
        stored = read_state_dict(path, ("state_dict", "model"))
        size = _size_of(stored, path)
        tensors = _renamed(stored, yolox_convolutions(size), path)
        notes = ()
    num_classes = int(tensors[f"{_CLASS_MAPS}0.weight"].shape[0])
    return ForeignWeights(
        tensors,
        yolox_model(size, num_classes),
        class_layers=(_CLASS_MAPS,),
        notes=(f"this is YOLOX-{size} of {num_classes} classes", *notes, _INPUT),
    )


def read_yolox_person(path: str | Path) -> ForeignWeights:
    """Read YOLOX trained on COCO, and keep of its classes the first: person.

    Args:
        path: See :func:`read_yolox`.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: An ONNX file, but the package onnx is not installed.
        ValueError: As of :func:`read_yolox`; or the file is not of COCO's 80 classes.
    """
    weights = read_yolox(path)
    head = weights.model["bbox_head"]
    if head["num_classes"] != 80:
        raise ValueError(
            f"'{path}' has {head['num_classes']} classes, not COCO's 80, of which the "
            "first is person: convert it with the format yolox"
        )
    tensors = {
        name: tensor[_PERSON : _PERSON + 1] if name.startswith(_CLASS_MAPS) else tensor
        for name, tensor in weights.tensors.items()
    }
    model = {**weights.model, "bbox_head": {**head, "num_classes": 1}}
    return replace(weights, tensors=tensors, model=model)


def _size_of(stored: Mapping[str, Tensor], path: str | Path) -> str:
    """Size of the network, by the channels of its stem."""
    stem = stored.get(_STEM)
    channels = {int(64 * width): size for size, (_, width, _) in SIZES.items()}
    if stem is None or stem.ndim != 4 or int(stem.shape[0]) not in channels:
        shape = "is missing" if stem is None else f"has the shape {tuple(stem.shape)}"
        raise ValueError(
            f"'{path}' is no YOLOX of its authors ({', '.join(SIZES)}): '{_STEM}' "
            f"{shape}; its tensors are {[*stored][:3]}"
        )
    return channels[int(stem.shape[0])]


def _renamed(
    stored: Mapping[str, Tensor], layers: list[Convolution], path: str | Path
) -> dict[str, Tensor]:
    """Tensors under mmdet's names.

    Raises:
        ValueError: One is missing, or there are others.
    """
    names = dict(pair for layer in layers for pair in _tensor_names(layer))
    lost = [name for name in names if name not in stored]
    lost = [name for name in lost if not name.endswith("num_batches_tracked")]
    extra = [name for name in stored if name not in names]
    if lost or extra:
        listed = f"{len(lost)} are missing {lost[:2]}, {len(extra)} too many"
        raise ValueError(
            f"'{path}' is no YOLOX of its authors: of its tensors, {listed} {extra[:2]}"
        )
    zero = torch.zeros((), dtype=torch.int64)
    return {ours: stored.get(theirs, zero) for theirs, ours in names.items()}


def _tensor_names(layer: Convolution) -> list[tuple[str, str]]:
    """Names of a convolution's tensors in the authors' code and in mmdet."""
    if not layer.norm:
        return [
            (f"{layer.source}.{k}", f"{layer.name}.{k}") for k in ("weight", "bias")
        ]
    parts = ["conv.weight", *(f"bn.{part}" for part in _NORM)]
    return [(f"{layer.source}.{part}", f"{layer.name}.{part}") for part in parts]
