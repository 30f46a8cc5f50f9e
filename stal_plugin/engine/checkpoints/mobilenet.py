"""ImageNet weights of light 2D networks: MobileNetV2 and ShuffleNetV2."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor

from stal_plugin.engine.checkpoints.torch_file import ForeignWeights, read_state_dict
from stal_plugin.models.backbones.shufflenet_v2 import CHANNELS
from stal_plugin.registry import MODELS

_WIDTHS = (1.0, 1.4, 0.75, 0.5, 0.35, 0.25, 0.1)
_RGB = "the network takes RGB: mean 123.675, 116.28, 103.53, std 58.395, 57.12, 57.375"
_UNKNOWN = (
    "the file does not say what input it was trained on, and copies differ: see "
    "docs/pretrained.md"
)
_CLASSIFIER = "ImageNet's classes, not part of the backbone"
_BRANCHES = {
    "branch1": {0: "0.conv", 1: "0.bn", 2: "1.conv", 3: "1.bn"},
    "branch2": {0: "0.conv", 1: "0.bn", 3: "1.conv", 4: "1.bn", 5: "2.conv", 6: "2.bn"},
}
_BRANCHES |= {"branch_proj": _BRANCHES["branch1"], "branch_main": _BRANCHES["branch2"]}
_STAGES = (("stage2", 4), ("stage3", 8), ("stage4", 4))


def read_mobilenet_v2(path: str | Path) -> ForeignWeights:
    """Read MobileNetV2 for ImageNet, of torchvision or in the same layout.

    The layers are matched in their order, which the numbers in their names give; all
    shapes must be those of ``mmdet.MobileNetV2``.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file cannot be read safely or is of another network.
    """
    stored = read_state_dict(path)
    skipped = {k: _CLASSIFIER for k in stored if k.startswith("classifier.")}
    layers: dict[str, dict[str, Tensor]] = {}
    for name in sorted(set(stored) - set(skipped), key=_natural):
        module, _, part = name.rpartition(".")
        layers.setdefault(module, {})[part] = stored[name]
    convs = {k: parts for k, parts in layers.items() if parts.keys() == {"weight"}}
    norms = {k: parts for k, parts in layers.items() if k not in convs}
    for width in _WIDTHS:
        model = {"type": "mmdet.MobileNetV2", "widen_factor": width}
        tensors = _matched([*convs.values()], [*norms.values()], model)
        if tensors is not None:
            required = ("widen_factor",)
            return ForeignWeights(tensors, model, required, skipped, notes=(_RGB,))
    raise ValueError(
        f"'{path}' is no MobileNetV2 in torchvision's layout: its {len(convs)} "
        f"convolutions, {len(norms)} norms are not those of widen_factor "
        f"{', '.join(map(str, _WIDTHS))}; its tensors are {[*stored][:3]}"
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Key by which numbers in a name are sorted as numbers."""
    return [(int(p), "") if p.isdigit() else (-1, p) for p in name.split(".")]


def _matched(
    convs: list[dict[str, Tensor]], norms: list[dict[str, Tensor]], model: dict
) -> dict[str, Tensor] | None:
    """Tensors by the model's names, or None if their shapes are not the model's."""
    with torch.device("meta"):  # shapes only
        built = MODELS.build(dict(model))
    layers = [(n, m) for n, m in built.named_modules() if isinstance(m, ConvModule)]
    if not len(layers) == len(convs) == len(norms):
        return None
    tensors: dict[str, Tensor] = {}
    for (name, _), conv, norm in zip(layers, convs, norms, strict=True):
        tensors |= {f"{name}.conv.{part}": t for part, t in conv.items()}
        tensors |= {f"{name}.bn.{part}": t for part, t in norm.items()}
    shapes = {k: t.shape for k, t in built.state_dict().items()}
    counter = "num_batches_tracked"
    found = {k: t.shape for k, t in tensors.items()}
    found |= {k: s for k, s in shapes.items() if k.endswith(counter)}
    return tensors if found == shapes else None


def read_shufflenet_v2(path: str | Path) -> ForeignWeights:
    """Read ShuffleNetV2 for ImageNet, of torchvision or of the paper's authors.

    Args:
        path: The file. The authors' has ``features.0`` to ``features.15``, or
            ``stage2`` to ``stage4``, with ``branch_main`` and ``branch_proj``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file cannot be read safely or is of another network.
    """
    stored = read_state_dict(path)
    authors = any("branch_main" in name for name in stored)
    tensors: dict[str, Tensor] = {}
    skipped: dict[str, str] = {}
    for name, tensor in stored.items():
        if name.startswith(("conv5.", "fc.", "conv_last.", "classifier.")):
            skipped[name] = _CLASSIFIER
        else:
            tensors[_shufflenet_name(name) or name] = tensor
    last = [t for n, t in tensors.items() if n == "stage4.3.branch2.2.bn.weight"]
    widths = {channels[-1]: width for width, channels in CHANNELS.items()}
    width = widths.get(2 * len(last[0])) if last else None
    model: dict[str, Any] = {
        "type": "stal_plugin.ShuffleNetV2",
        "widen_factor": width,
        "shuffle": "before" if authors else "after",
    }
    if width is None or not _is_complete(tensors, model):
        raise ValueError(
            f"'{path}' is no ShuffleNetV2 of torchvision or of the paper's authors, "
            f"widen_factor {', '.join(map(str, CHANNELS))}; its tensors are "
            f"{[*stored][:3]}"
        )
    return ForeignWeights(
        tensors,
        model,
        ("widen_factor", "shuffle"),
        skipped,
        notes=(_UNKNOWN if authors else _RGB,),
    )


def _is_complete(tensors: Mapping[str, Tensor], model: dict) -> bool:
    with torch.device("meta"):  # shapes only
        names = set(MODELS.build(dict(model)).state_dict())
    lost = {n for n in names if not n.endswith("num_batches_tracked")} - set(tensors)
    return not lost and set(tensors) <= names


def _shufflenet_name(name: str) -> str | None:
    """Our name of a tensor of the stem or of a block; None for any other."""
    stem = re.fullmatch(r"(?:conv1|first_conv)\.([01])\.(\w+)", name)
    if stem:
        return f"conv1.{('conv', 'bn')[int(stem[1])]}.{stem[2]}"
    block = re.fullmatch(
        r"(features|stage[234])\.(\d+)\.(branch\w+)\.(\d+)\.(\w+)", name
    )
    layers = _BRANCHES.get(block[3], {}) if block else {}
    if not block or int(block[4]) not in layers:
        return None
    stage, index = block[1], int(block[2])
    if stage == "features":
        stage, index = _stage_of(index)
    ours = {"branch_proj": "branch1", "branch_main": "branch2"}
    branch = ours.get(block[3], block[3])
    return f"{stage}.{index}.{branch}.{layers[int(block[4])]}.{block[5]}"


def _stage_of(index: int) -> tuple[str, int]:
    """Stage and place in it of a block, numbered from the first one."""
    for stage, count in _STAGES:
        if index < count:
            return stage, index
        index -= count
    return "beyond", index
