"""Weight files of the Darknet framework, and the networks that we read from them."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from stal_plugin.engine.checkpoints.torch_file import ForeignWeights
from stal_plugin.registry import MODELS

_OLDEST_WIDE = 2  # major * 10 + minor from which the image counter has 64 bits
_SMALLEST = 16  # header of the oldest versions, bytes
_MOST = 1000  # Darknet's own bound for sensible version numbers
_YOLOV2 = {"type": "stal_plugin.Darknet19", "out_channels": 425}
_DARKNET53 = {"type": "mmdet.Darknet", "depth": 53}
_CLASSIFIER = {19: 18, 53: 52}  # depth: convolutions before the classifier
_IMAGENET_CLASSES = 1000


@dataclass(frozen=True)
class DarknetFile:
    """Contents of a ``.weights`` file.

    Args:
        version: major, minor, revision.
        seen: Number of images that the network was trained on.
        values: ``(N,)`` float32, all parameters in the order of the layers.
    """

    version: tuple[int, int, int]
    seen: int
    values: np.ndarray


def read_darknet_file(path: str | Path) -> DarknetFile:
    """Read a ``.weights`` file, or a part of one such as ``darknet53.conv.74``.

    The header is three int32 (major, minor, revision) and the number of images seen:
    int64 if ``major * 10 + minor >= 2``, else int32. All is little-endian.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no weight file, or it was cut off.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"weight file '{path}' does not exist")
    size = path.stat().st_size
    with path.open("rb") as file:
        if size < _SMALLEST:
            problem = f"the header alone has {_SMALLEST} bytes"
            raise ValueError(_damaged(path, size, problem))
        major, minor, revision = struct.unpack("<iii", file.read(12))
        if not (0 <= major < _MOST and 0 <= minor < _MOST):
            problem = f"its version would be {major}.{minor}.{revision}"
            raise ValueError(_damaged(path, size, problem))
        kind = "<i8" if major * 10 + minor >= _OLDEST_WIDE else "<i4"
        counter = file.read(np.dtype(kind).itemsize)
        rest = size - 12 - np.dtype(kind).itemsize
        if rest < 0 or rest % 4:
            problem = f"a header of version {major}.{minor} leaves {rest} bytes"
            raise ValueError(_damaged(path, size, f"{problem}, no multiple of 4"))
        values = np.fromfile(file, "<f4")
    return DarknetFile(
        (major, minor, revision), int(np.frombuffer(counter, kind)[0]), values
    )


def _damaged(path: Path, size: int, problem: str) -> str:
    return (
        f"'{path}' ({size} bytes) is no Darknet weight file, or was cut off: "
        f"{problem}. Download it again"
    )


def convolutions(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """List the convolutions of a network in the order of their registration.

    Args:
        network: Its convolutions are mmcv ``ConvModule`` (with BatchNorm) or plain
            ``Conv2d``.

    Returns:
        Name and module of each.
    """
    layers: list[tuple[str, nn.Module]] = []
    for name, module in network.named_modules():
        inside = layers and name.startswith(f"{layers[-1][0]}.")
        if isinstance(module, (ConvModule, nn.Conv2d)) and not inside:
            layers.append((name, module))
    return layers


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
