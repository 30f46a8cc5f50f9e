"""The weight files that full-size configs name: from a foreign file into the model.

The files are written here layer by layer, by hand, at an eighth of the width, and the
configs are narrowed by as much; names and order are those of the real ones.
"""

import logging
import shlex
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.models.backbones import Darknet
from mmengine.config import Config
from mmengine.logging import MMLogger
from torch import Tensor

from stal_plugin.engine.checkpoints import darknet as darknet_networks
from stal_plugin.engine.checkpoints.conversion import (
    FORMATS,
    convert_weights,
    save_weights,
)
from stal_plugin.registry import MODELS

from .narrowing import NARROW, narrow, narrowed

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
ACTOR = {*CONFIGS.glob("actor_*.py")}  # see test_actor_configs.py
FULL = sorted({*CONFIGS.glob("*.py")} - ACTOR)
RNG = np.random.default_rng(0)
NORM = ("bias", "weight", "running_mean", "running_var")  # order in Darknet's files

# (name in our model, input channels, output channels, kernel) in the file's order
YOLOV2 = [
    *[("stage1.0", 3, 32, 3), ("stage2.0", 32, 64, 3), ("stage3.0", 64, 128, 3)],
    *[("stage3.1", 128, 64, 1), ("stage3.2", 64, 128, 3), ("stage4.0", 128, 256, 3)],
    *[("stage4.1", 256, 128, 1), ("stage4.2", 128, 256, 3), ("stage5.0", 256, 512, 3)],
    *[("stage5.1", 512, 256, 1), ("stage5.2", 256, 512, 3), ("stage5.3", 512, 256, 1)],
    *[("stage5.4", 256, 512, 3), ("stage6.1", 512, 1024, 3)],
    *[("stage6.2", 1024, 512, 1), ("stage6.3", 512, 1024, 3)],
    *[("stage6.4", 1024, 512, 1), ("stage6.5", 512, 1024, 3)],
    *[("detection.0", 1024, 1024, 3), ("detection.1", 1024, 1024, 3)],
    *[("passthrough", 512, 64, 1), ("fuse", 1280, 1024, 3)],
]
DARKNET53_BLOCKS = ((1, 64), (2, 128), (8, 256), (8, 512), (4, 1024))
MOTION_STEM = "backbone.backbone_3d.conv1.weight"


class Lines(logging.Handler):
    """Keeps the lines about pretrained weights."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "pretrained weights" in record.getMessage():
            self.lines.append(record.getMessage())


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler = Lines()
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)


def random(*shape: int) -> Tensor:
    return torch.from_numpy(RNG.uniform(0.1, 1, shape).astype(np.float32))


def norm(name: str, channels: int) -> dict[str, Tensor]:
    return {f"{name}.{part}": random(channels) for part in NORM}


def darknet_layer(name: str, source: int, out: int, kernel: int) -> dict[str, Tensor]:
    weight = random(out, source, kernel, kernel)
    return norm(f"{name}.bn", out) | {f"{name}.conv.weight": weight}


def darknet53_layers() -> Iterator[tuple[str, int, int, int]]:
    source = 32  # mmdet fixes the channels of the first layer
    yield "conv1", 3, source, 3
    for i, (count, channels) in enumerate(DARKNET53_BLOCKS, 1):
        out = narrow(channels)
        yield f"conv_res_block{i}.conv", source, out, 3
        for k in range(count):
            yield f"conv_res_block{i}.res{k}.conv1", out, out // 2, 1
            yield f"conv_res_block{i}.res{k}.conv2", out // 2, out, 3
        source = out


def write_darknet(path: Path, tensors: dict[str, Tensor], version: tuple) -> None:
    wide = version[0] * 10 + version[1] >= 2
    header = struct.pack("<iii" + ("q" if wide else "i"), *version, 7)
    values = b"".join(t.numpy().astype("<f4").tobytes() for t in tensors.values())
    path.write_bytes(header + values)


def write_yolov2(path: Path) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for name, source, out, kernel in YOLOV2:
        tensors |= darknet_layer(name, narrow(source), narrow(out), kernel)
    tensors["output.bias"] = random(425)
    tensors["output.weight"] = random(425, narrow(1024), 1, 1)
    write_darknet(path, tensors, (0, 1, 0))
    return tensors


def write_darknet53(path: Path) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for layer in darknet53_layers():
        tensors |= darknet_layer(*layer)
    write_darknet(path, tensors, (0, 2, 0))
    return tensors


def residual_layers(
    convs: int, dims: int, base: int, counts: tuple[int, ...], shortcut: bool
) -> dict[str, Tensor]:
    """A ResNet in the names that torchvision, K. Hara and mmdet share."""
    out = {"conv1.weight": random(base, 3, *(7,) * dims)} | norm("bn1", base)
    expansion, source = (4 if convs == 3 else 1), base
    for i, count in enumerate(counts):
        hidden = base * 2**i
        for block in range(count):
            name, target = f"layer{i + 1}.{block}", hidden * expansion
            ends = [source, *[hidden] * (convs - 1), target]
            kernels = (1, 3, 1) if convs == 3 else (3, 3)
            for j, kernel in enumerate(kernels):
                shape = (ends[j + 1], ends[j], *(kernel,) * dims)
                out[f"{name}.conv{j + 1}.weight"] = random(*shape)
                out |= norm(f"{name}.bn{j + 1}", ends[j + 1])
            if shortcut and source != target:
                shape = (target, source, *(1,) * dims)
                out[f"{name}.downsample.0.weight"] = random(*shape)
                out |= norm(f"{name}.downsample.1", target)
            source = target
    return out


def write_kinetics(path: Path) -> dict[str, Tensor]:
    tensors = residual_layers(2, 3, narrow(64), (2, 2, 2, 2), shortcut=False)
    head = {"fc.weight": random(400, narrow(512)), "fc.bias": random(400)}
    state = {f"module.{name}": t for name, t in (tensors | head).items()}
    torch.save({"arch": "resnet-18", "epoch": 1, "state_dict": state}, path)
    return tensors


def write_resnet50(path: Path) -> dict[str, Tensor]:
    tensors = residual_layers(3, 2, narrow(64), (3, 4, 6, 3), shortcut=True)
    torch.save(tensors | {"fc.bias": random(1000)}, path)
    return tensors


def write_centernet(path: Path) -> dict[str, Tensor]:
    layers = residual_layers(2, 2, narrow(64), (2, 2, 2, 2), shortcut=True)
    tensors = {f"backbone.{name}": t for name, t in layers.items()}
    source = narrow(512)
    for i, channels in enumerate(map(narrow, (256, 128, 64))):
        for k, size in ((2 * i, (source, 3)), (2 * i + 1, (channels, 4))):
            name = f"neck.deconv_layers.{k}"
            shape = (channels, size[0], size[1], size[1])
            tensors[f"{name}.conv.weight"] = random(*shape)
            tensors |= norm(f"{name}.bn", channels)
        source = channels
    for head, channels in (("heatmap", 80), ("wh", 2), ("offset", 2)):
        name = f"bbox_head.{head}_head"
        tensors[f"{name}.0.weight"] = random(source, source, 3, 3)
        tensors[f"{name}.0.bias"] = random(source)
        tensors[f"{name}.2.weight"] = random(channels, source, 1, 1)
        tensors[f"{name}.2.bias"] = random(channels)
    torch.save({"meta": {"epoch": 140}, "state_dict": tensors}, path)
    return tensors


WRITERS: dict[str, Callable[[Path], dict[str, Tensor]]] = {
    "weights/yolov2-coco.pth": write_yolov2,
    "weights/resnet3d18-kinetics.pth": write_kinetics,
    "weights/darknet53-imagenet.pth": write_darknet53,
    "weights/centernet-r18-coco.pth": write_centernet,
    "weights/resnet50-imagenet.pth": write_resnet50,
}
# Where the tensors of a file go in the model, the first of these that there is.
PARTS = {
    "weights/yolov2-coco.pth": ("backbone.backbone_2d.",),
    "weights/resnet3d18-kinetics.pth": (
        "classifier.backbone.",
        "backbone.backbone_3d.",
    ),
    "weights/darknet53-imagenet.pth": ("detector.backbone.",),
    "weights/centernet-r18-coco.pth": ("localizer.",),
    "weights/resnet50-imagenet.pth": ("detector.backbone.",),
}


def named_files(node: Any) -> dict[str, str]:
    """Weight files that a config names, and what makes them."""
    if isinstance(node, (list, tuple)):
        return {k: v for child in node for k, v in named_files(child).items()}
    if not isinstance(node, dict):
        return {}
    found = named_files(list(node.values()))
    if node.get("type") == "stal_plugin.PretrainedIfPresent":
        found[node["checkpoint"]] = node["made_by"]
    return found


@pytest.fixture
def small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow what the readers know of Darknet's networks."""
    yolov2 = {**darknet_networks._YOLOV2, "width": 1 / NARROW}
    monkeypatch.setattr(darknet_networks, "_YOLOV2", yolov2)
    counts, channels = Darknet.arch_settings[53]
    ends = [32, *(out // NARROW for _, out in channels)]
    blocks = tuple(pairwise(ends))
    monkeypatch.setattr(Darknet, "arch_settings", {53: (counts, blocks)})


@pytest.mark.parametrize("path", FULL, ids=lambda p: p.stem)
def test_files_are_known_and_their_commands_fit(path: Path) -> None:
    files = named_files(Config.fromfile(path).model.to_dict())
    assert files or path.stem == "linknet-resnet_agot"
    assert set(files) <= set(WRITERS)
    for name, made_by in files.items():
        if made_by.startswith("python"):
            words = shlex.split(made_by)
            assert words[:2] == ["python", "tools/convert_weights.py"]
            assert words[2] in FORMATS
            assert len(words) == 5
            assert words[4] == name


@pytest.mark.parametrize(
    "path", [p for p in FULL if p.stem != "linknet-resnet_agot"], ids=lambda p: p.stem
)
@pytest.mark.usefixtures("small_networks")
def test_weights_reach_the_model(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    """Write foreign files, convert them as the config says, build the model."""
    monkeypatch.chdir(tmp_path)
    model_cfg = narrowed(Config.fromfile(path).model.to_dict())
    files = named_files(model_cfg)
    written = {}
    for name, made_by in files.items():
        source = Path(shlex.split(made_by)[3] if "tools/" in made_by else name)
        source.parent.mkdir(exist_ok=True)
        written[name] = WRITERS[name](source)
        if source != Path(name):
            conversion = convert_weights(shlex.split(made_by)[2], source, model_cfg)
            save_weights(conversion, name, source.name)
    model = MODELS.build(model_cfg)
    model.init_weights()
    state = model.state_dict()
    for name, tensors in written.items():
        part = next(p for p in PARTS[name] if any(k.startswith(p) for k in state))
        for key, tensor in tensors.items():
            loaded = state[part + key]
            if loaded.shape != tensor.shape:  # RGB, in a model that sees motion too
                assert (part + key, loaded.shape[1]) == (MOTION_STEM, 6)
                assert loaded[:, 3:].abs().max() == 0
                loaded = loaded[:, :3]
            assert torch.equal(loaded, tensor), (name, key)
    found = [line for line in lines if ": pretrained weights: " in line]
    assert len(lines) == len(found) == len(files)
    for name in files:
        assert sum(f" tensors of '{name}'" in line for line in found) == 1


def test_without_files_one_line_each_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("yowo_jhmdb", "fcos_agot", "center3d-blend_jhmdb"):
        model_cfg = narrowed(Config.fromfile(CONFIGS / f"{name}.py").model.to_dict())
        files = named_files(model_cfg)
        lines.clear()
        MODELS.build(model_cfg).init_weights()
        assert len(lines) == len(files)
        for file, made_by in files.items():
            (line,) = [line for line in lines if f"'{file}'" in line]
            assert line.endswith(f"'{file}' not found. To make it: {made_by}")
