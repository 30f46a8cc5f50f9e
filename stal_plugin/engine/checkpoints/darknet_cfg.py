"""Any network of Darknet: its ``.cfg`` says how its ``.weights`` are to be cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.darknet import (
    convolutions,
    read_darknet_file,
)
from stal_plugin.engine.checkpoints.torch_file import ForeignWeights
from stal_plugin.registry import MODELS

_LARGEST = 1 << 20  # bytes; the largest of Darknet's own has 20 KiB
#: Layers without weights whose output has as many channels as their input.
_SAME = frozenset(
    (
        *("maxpool", "avgpool", "dropout", "upsample", "shortcut", "softmax", "cost"),
        *("yolo", "region", "detection"),
    )
)
#: Networks of ours by name: model, and number of convolutions that are Darknet's.
_OURS: dict[str, tuple[dict, int]] = {
    "Darknet-53": ({"type": "mmdet.Darknet", "depth": 53}, 52),
    "Darknet-19": ({"type": "stal_plugin.Darknet19", "out_channels": 425}, 18),
}
_NORM = ("bias", "weight", "running_mean", "running_var")


@dataclass(frozen=True)
class DarknetConvolution:
    """A ``[convolutional]`` section.

    Args:
        shape: Of its weights: output channels, input channels of a group, rows,
            columns.
        stride: Pixels.
        groups: Number of groups; as many as channels: depthwise.
        norm: Whether BatchNorm follows, in the place of a bias.
        activation: Name in Darknet.
        line: Of the file, from 1.
    """

    shape: tuple[int, int, int, int]
    stride: int
    groups: int
    norm: bool
    activation: str
    line: int

    @property
    def parts(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the tensors in the order of a ``.weights`` file."""
        channels = (self.shape[0],)
        if self.norm:
            return [*((f"bn.{p}", channels) for p in _NORM), ("weight", self.shape)]
        return [("bias", channels), ("weight", self.shape)]

    @property
    def count(self) -> int:
        """How many numbers a ``.weights`` file has for it."""
        return sum(int(np.prod(shape)) for _, shape in self.parts)


def read_cfg(path: str | Path) -> list[DarknetConvolution]:
    """Read the convolutions of a Darknet ``.cfg``, in order.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no cfg; a value is wrong, or a section has weights and
            is no convolution. Names the line.
    """
    sections = _sections(Path(path))
    if not sections or sections[0].kind not in ("net", "network"):
        raise ValueError(f"'{path}' is no Darknet cfg: it must begin with [net]")
    channels = [sections[0].number("channels", 3)]
    found = []
    for section in sections[1:]:
        before = channels[-1]
        if section.kind == "convolutional":
            found.append(_convolution(section, before))
            before = found[-1].shape[0]
        elif section.kind == "route":
            before = _route(section, channels[1:])
        elif section.kind == "reorg":
            before *= section.number("stride", 1) ** 2
        elif section.kind not in _SAME:
            raise section.error(f"[{section.kind}] is not known")
        channels.append(before)
    return found


@dataclass(frozen=True)
class _Section:
    kind: str
    line: int
    values: dict[str, str]
    path: Path

    def error(self, problem: str) -> ValueError:
        return ValueError(f"'{self.path}', section in line {self.line}: {problem}")

    def number(self, key: str, default: int) -> int:
        text = self.values.get(key, str(default))
        if not text.isascii() or not text.isdigit() or int(text[:9]) > 1 << 16:
            raise self.error(f"{key}={text!r:.99} must be a whole number up to 65536")
        return int(text)


def _sections(path: Path) -> list[_Section]:
    if not path.is_file():
        raise FileNotFoundError(
            f"'{path}' does not exist: a Darknet network is a .weights and a .cfg file "
            "of one name, side by side"
        )
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"'{path}' is no cfg: it has more than {_LARGEST:,} bytes")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"'{path}' is no Darknet cfg: it is no text") from None
    sections: list[_Section] = []
    for number, line in enumerate(lines, 1):
        text = line.split("#")[0].split(";")[0].strip()
        if text.startswith("[") and text.endswith("]"):
            sections.append(_Section(text[1:-1].strip(), number, {}, path))
        elif text:
            key, equals, value = text.partition("=")
            if not equals or not sections:
                raise ValueError(
                    f"'{path}', line {number}: {text!r:.99} is no KEY=VALUE"
                )
            sections[-1].values[key.strip()] = value.strip()
    return sections


def _convolution(section: _Section, channels: int) -> DarknetConvolution:
    filters, groups = section.number("filters", 1), section.number("groups", 1)
    size = section.number("size", 1)
    if not groups or channels % groups or filters % groups:
        raise section.error(
            f"groups={groups} must divide {channels} input channels and "
            f"filters={filters}"
        )
    return DarknetConvolution(
        (filters, channels // groups, size, size),
        section.number("stride", 1),
        groups,
        bool(section.number("batch_normalize", 0)),
        section.values.get("activation", "logistic"),
        section.line,
    )


def _route(section: _Section, channels: Sequence[int]) -> int:
    """Channels of layers joined; negative numbers count back from this one."""
    total = 0
    for text in section.values.get("layers", "").split(","):
        try:
            index = int(text)
            index = index + len(channels) if index < 0 else index
            total += channels[index] if index >= 0 else channels[len(channels)]
        except (ValueError, IndexError):
            raise section.error(
                f"layers={section.values.get('layers')!r:.99} must be numbers of the "
                f"{len(channels)} layers before it"
            ) from None
    groups = section.number("groups", 1)
    if not groups or total % groups:
        raise section.error(f"groups={groups} must divide {total} channels")
    return total // groups


def read_layers(
    weights: str | Path, layers: Sequence[DarknetConvolution]
) -> list[dict[str, Tensor]]:
    """Cut a ``.weights`` file into the tensors of its layers.

    Args:
        weights: The file.
        layers: As :func:`read_cfg` returns them.

    Returns:
        Of each layer ``weight``, and ``bias`` or ``bn.weight``, ``bn.bias``,
        ``bn.running_mean``, ``bn.running_var``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no weight file, or has not exactly the numbers of the layers.
    """
    file = read_darknet_file(weights)
    needed = sum(layer.count for layer in layers)
    if len(file.values) != needed:
        raise ValueError(
            f"'{weights}' has {len(file.values):,} numbers, its cfg describes "
            f"{len(layers)} convolutions of {needed:,}: they are of different "
            "networks, or the file was cut off"
        )
    tensors, start = [], 0
    for layer in layers:
        parts: dict[str, Tensor] = {}
        for name, shape in layer.parts:
            end = start + int(np.prod(shape))
            array = file.values[start:end].reshape(shape).astype(np.float32)
            parts[name] = torch.from_numpy(array)
            start = end
        tensors.append(parts)
    return tensors


def read_darknet_pair(path: str | Path) -> ForeignWeights:
    """Read the backbone out of a network of Darknet, ``.weights`` and ``.cfg``.

    The network must begin with the convolutions of one of ours: Darknet-53 (YOLOv3) or
    Darknet-19 (YOLOv2); what comes after them is skipped.

    Args:
        path: The ``.weights`` file; the ``.cfg`` lies beside it.

    Raises:
        FileNotFoundError: One of the files does not exist.
        ValueError: They do not fit each other, or the network begins otherwise. Names
            the first layer that differs.
    """
    cfg = Path(path).with_suffix(".cfg")
    layers = read_cfg(cfg)
    tensors = read_layers(path, layers)
    differences = []
    for name, (model, count) in _OURS.items():
        with torch.device("meta"):  # shapes only
            ours = convolutions(MODELS.build(dict(model)))[:count]
        difference = _difference(layers, ours, cfg)
        if not difference:
            named = _named(tensors, ours)
            rest = {
                f"convolution {i}": f"after {name}" for i in range(count, len(layers))
            }
            return ForeignWeights(named, model, skipped=rest)
        differences.append(f"not {name}: {difference}")
    count_of_numbers = sum(layer.count for layer in layers)
    raise ValueError(
        f"'{path}' was read whole ({len(layers)} convolutions, {count_of_numbers:,} "
        f"numbers), but no network of ours begins like it; {'; '.join(differences)}"
    )


def _difference(layers: Sequence[DarknetConvolution], ours: list, cfg: Path) -> str:
    """Where a network stops to be one of ours, or nothing."""
    for i, (_, module) in enumerate(ours):
        if i == len(layers):
            return f"it has {len(ours)} convolutions"
        layer, conv = layers[i], module.conv
        theirs = (layer.shape, layer.stride, layer.groups, layer.norm)
        shape = tuple(conv.weight.shape)
        if theirs != (shape, conv.stride[0], conv.groups, True):
            return (
                f"convolution {i} (line {layer.line} of {cfg.name}) has weights "
                f"{layer.shape}, stride {layer.stride}, groups {layer.groups}, where "
                f"it has {shape}, {conv.stride[0]}, {conv.groups}"
            )
    return ""


def _named(tensors: Sequence[dict[str, Tensor]], ours: list) -> dict[str, Tensor]:
    named = {}
    for (name, module), parts in zip(ours, tensors, strict=False):
        for part, tensor in parts.items():
            norm = part.removeprefix("bn.")
            place = "conv.weight" if part == "weight" else f"{module.norm_name}.{norm}"
            named[f"{name}.{place}"] = tensor
        counter = f"{name}.{module.norm_name}.num_batches_tracked"
        named[counter] = torch.zeros((), dtype=torch.int64)
    return named
