"""Darknet weight files of known networks: YOLOv2, Darknet-19 and Darknet-53."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from stal_plugin.registry import MODELS
from stal_plugin.weights.darknet_file import DarknetFile, read_darknet_file
from stal_plugin.weights.darknet_layers import (
    convolutions,
    count_values,
    take_tensors,
)
from stal_plugin.weights.foreign_weights import ForeignWeights

_YOLOV2 = {"type": "stal_plugin.Darknet19", "out_channels": 425}
_DARKNET53 = {"type": "mmdet.Darknet", "depth": 53}
_CLASSIFIER = {19: 18, 53: 52}  # depth: convolutions before the classifier
_IMAGENET_CLASSES = 1000


def read_yolov2(path: str | Path) -> ForeignWeights:
    """Read YOLOv2 trained on COCO (``yolov2.weights``), output layer included.

    The pass-through layer: trained with Darknet's "reorg" layer, the convolution after
    it expects channel ``(2 * dy + dx) * 64 + c`` for channel c at the offset (dy, dx)
    of each 2 x 2 patch. That is the order of our ``space_to_depth``, so no weight is
    moved. (The layer of Darknet's first version also takes every other value from the
    row next to the right one; no order of weights can express that.)

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no weight file, or not of this network.
    """
    file = read_darknet_file(path)
    layers = _layers(_YOLOV2)
    _check_size(path, file, {"YOLOv2 for COCO": count_values(layers)})
    return ForeignWeights(
        take_tensors(file.values, layers), _YOLOV2, class_layers=("output.",)
    )


def read_darknet19(path: str | Path) -> ForeignWeights:
    """Read the ImageNet classifier Darknet-19 (``darknet19_448.weights``).

    Also the part of it before the classifier (``darknet19_448.conv.23``). The
    detection layers of :class:`Darknet19` stay as they are.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no weight file, or not of this network.
    """
    return _read_classifier(path, 19, _YOLOV2)


def read_darknet53(path: str | Path) -> ForeignWeights:
    """Read the ImageNet classifier Darknet-53, whole or ``darknet53.conv.74``.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no weight file, or not of this network.
    """
    return _read_classifier(path, 53, _DARKNET53)


def _read_classifier(path: str | Path, depth: int, model: dict) -> ForeignWeights:
    file = read_darknet_file(path)
    layers = _layers(model)[: _CLASSIFIER[depth]]
    needed = count_values(layers)
    last: Any = layers[-1][1]
    classifier = _IMAGENET_CLASSES * (last.out_channels + 1)
    allowed = {
        f"Darknet-{depth} without its classifier": needed,
        f"Darknet-{depth}": needed + classifier,
    }
    _check_size(path, file, allowed)
    skipped = {}
    if len(file.values) > needed:
        skipped["classifier"] = f"{_IMAGENET_CLASSES} classes of ImageNet"
    return ForeignWeights(take_tensors(file.values, layers), model, skipped=skipped)


def _layers(model: dict) -> list[tuple[str, nn.Module]]:
    with torch.device("meta"):  # shapes only
        return convolutions(MODELS.build(dict(model)))


def _check_size(path: str | Path, file: DarknetFile, allowed: dict[str, int]) -> None:
    count = len(file.values)
    if count not in allowed.values():
        listed = " or ".join(f"{n:,} ({name})" for name, n in allowed.items())
        raise ValueError(
            f"'{path}' has {count:,} numbers after its header of version "
            f"{'.'.join(map(str, file.version))}, but must have {listed}. It is of "
            "another network, or was cut off"
        )
