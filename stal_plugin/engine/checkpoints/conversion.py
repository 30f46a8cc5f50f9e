"""From a foreign weight file to a checkpoint that a branch of ours starts from."""

import inspect
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stal_plugin.engine.checkpoints.darknet import (
    read_darknet19,
    read_darknet53,
    read_yolov2,
)
from stal_plugin.engine.checkpoints.darknet_cfg import read_darknet_pair
from stal_plugin.engine.checkpoints.fitting import Fit, fit_tensors
from stal_plugin.engine.checkpoints.mmdet_centernet import read_mmdet_centernet
from stal_plugin.engine.checkpoints.mobilenet import (
    read_mobilenet_v2,
    read_shufflenet_v2,
)
from stal_plugin.engine.checkpoints.movinet import read_movinet
from stal_plugin.engine.checkpoints.resnet3d18 import (
    read_kinetics_resnet3d18,
    read_torchvision_r3d18,
)
from stal_plugin.engine.checkpoints.torch_file import ForeignWeights
from stal_plugin.engine.checkpoints.yolox.yolox import read_yolox, read_yolox_person
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.models.host_scope import in_own_scope
from stal_plugin.registry import MODELS


@dataclass(frozen=True)
class WeightFormat:
    """A kind of file.

    Args:
        read: Reads it.
        part: Type of the part of a model that takes the weights. Default: the type that
            the file is of.
        heads: Or, of which types the ``bbox_head`` of that part can be.
    """

    read: Callable[[str | Path], ForeignWeights]
    part: str = ""
    heads: tuple[str, ...] = ()


_YOLOX_HEADS = ("mmdet.YOLOXHead", "YOLOXHead")
FORMATS = {
    "yolov2": WeightFormat(read_yolov2, "stal_plugin.Darknet19"),
    "darknet19": WeightFormat(read_darknet19, "stal_plugin.Darknet19"),
    "darknet53": WeightFormat(read_darknet53, "mmdet.Darknet"),
    "darknet": WeightFormat(read_darknet_pair),
    "mobilenetv2": WeightFormat(read_mobilenet_v2, "mmdet.MobileNetV2"),
    "shufflenetv2": WeightFormat(read_shufflenet_v2, "stal_plugin.ShuffleNetV2"),
    "kinetics-resnet3d18": WeightFormat(
        read_kinetics_resnet3d18, "stal_plugin.ResNet3D18"
    ),
    "torchvision-r3d18": WeightFormat(read_torchvision_r3d18, "stal_plugin.ResNet3D18"),
    "movinet": WeightFormat(read_movinet, "stal_plugin.MoViNet"),
    "mmdet-centernet": WeightFormat(
        read_mmdet_centernet, heads=("mmdet.CenterNetHead", "stal_plugin.Center3DHead")
    ),
    "yolox": WeightFormat(read_yolox, heads=_YOLOX_HEADS),
    "yolox-person": WeightFormat(read_yolox_person, heads=_YOLOX_HEADS),
}


@dataclass(frozen=True)
class Conversion:
    """Result of a conversion.

    Args:
        fit: What was loaded, skipped and is missing.
        model: Config of the model that takes the weights.
        notes: What the user should know.
        prefix: Of the part's tensors in the checkpoint.
        companions: Tensors of other parts, written as they are.
        meta: What the checkpoint says about itself.
    """

    fit: Fit
    model: dict[str, Any]
    notes: tuple[str, ...]
    prefix: str = ""
    companions: dict[str, Tensor] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)


def convert_weights(
    format_name: str, path: str | Path, model: Mapping[str, Any] | None = None
) -> Conversion:
    """Read a foreign file and fit it to a model.

    Args:
        format_name: One of ``FORMATS``.
        path: The file.
        model: ``model`` of a user's config. Default: the model that the file is of.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is not what it should be, or does not fit the model.
    """
    kind = FORMATS[format_name]
    foreign = kind.read(path)
    if not (kind.part or kind.heads):
        kind = replace(kind, part=foreign.model["type"])
    target = foreign.model if model is None else find_part(model, kind)
    check_arguments(foreign, target)
    advice = f"They fit {describe(foreign.model)}, the config has {describe(target)}"
    built = MODELS.build(in_own_scope(target))
    fit = fit_tensors(foreign.tensors, built.state_dict(), foreign.class_layers, advice)
    skipped = {**fit.skipped, **foreign.skipped}
    return Conversion(
        Fit(fit.loaded, skipped, fit.missing),
        target,
        foreign.notes,
        foreign.prefix,
        foreign.companions,
        foreign.meta,
    )


def save_weights(conversion: Conversion, path: str | Path, source: str) -> None:
    """Write a checkpoint of tensors and plain values.

    It loads under ``weights_only=True``, and as ``init_cfg`` of the part.

    Args:
        conversion: What to write.
        path: New file; its folder is made.
        source: Name of the foreign file, kept among the checkpoint's ``meta``.
    """
    loaded = {f"{conversion.prefix}{k}": v for k, v in conversion.fit.loaded.items()}
    content = {
        "meta": {"source": source, **conversion.meta},
        "state_dict": {**loaded, **conversion.companions},
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)  # to a full disk it raises an error without a cause
    with atomic_file(path) as part:
        part.write_bytes(buffer.getbuffer())


def find_part(model: Any, kind: WeightFormat) -> dict[str, Any]:
    """Find the part of a model's config that takes the weights.

    Args:
        model: Nested config; where several parts would do, the first, innermost one
            is taken.
        kind: Says what the part is.

    Raises:
        ValueError: The config has no such part.
    """
    part = _search(model, kind)
    if part is None:
        description = kind.part or f"with a head {' or '.join(kind.heads)}"
        raise ValueError(
            f"the config's model has no part {description}, which these weights are for"
        )
    return part


def check_arguments(foreign: ForeignWeights, target: Mapping[str, Any]) -> None:
    """Check the arguments that names and shapes of the weights depend on.

    Args:
        foreign: Weights; ``required`` names the arguments.
        target: Config of the model that is to take them.

    Raises:
        ValueError: Arguments differ; all that must change are named.
    """
    required = {name: foreign.model[name] for name in foreign.required}
    actual = {name: _argument(target, name) for name in foreign.required}
    wrong = {k: v for k, v in required.items() if not _same(v, actual[k])}
    if wrong:
        changes = ", ".join(
            f"{k}={v!r} (it is {actual[k]!r})" for k, v in wrong.items()
        )
        raise ValueError(
            f"the weights are of another variant of {target['type']} than the "
            f"config's: set {changes}"
        )


def describe(model: Mapping[str, Any]) -> str:
    """Return a config of a model as a call, without nested parts."""
    plain = ", ".join(
        f"{name}={value!r}"
        for name, value in model.items()
        if not name.startswith("_")
        and name not in ("type", "init_cfg")
        and not isinstance(value, Mapping)
    )
    return f"{model['type']}({plain})"


def _search(node: Any, kind: WeightFormat) -> dict[str, Any] | None:
    if not isinstance(node, (Mapping, list, tuple)):
        return None
    for child in node.values() if isinstance(node, Mapping) else node:
        part = _search(child, kind)
        if part is not None:
            return part
    if not isinstance(node, Mapping) or "type" not in node:
        return None
    head = node.get("bbox_head") or {}
    matches = node["type"] == kind.part or head.get("type") in kind.heads
    return dict(node) if matches else None


def _argument(config: Mapping[str, Any], name: str) -> Any:
    """Return an argument of a config, or its default."""
    if name in config:
        value = config[name]
    else:
        value = inspect.signature(MODELS.get(config["type"])).parameters[name].default
    return tuple(value) if isinstance(value, list) else value


def _same(required: Any, actual: Any) -> bool:
    """Compare arguments; of shortcuts 'A' and 'A-detached' have the same weights."""
    if isinstance(required, str) and isinstance(actual, str):
        return required.split("-")[0] == actual.split("-")[0]
    return bool(required == actual)
