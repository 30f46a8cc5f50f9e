"""The oracles share no code with the readers: torchvision, or plain functions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.engine.checkpoints.conversion import convert_weights
from stal_plugin.engine.checkpoints.mobilenet import (
    read_mobilenet_v2,
    read_shufflenet_v2,
)
from stal_plugin.engine.checkpoints.torch_file import read_state_dict
from stal_plugin.registry import MODELS


def _conv(x: Tensor, tensors: dict, name: str, norm: str, **kwargs: Any) -> Tensor:
    weight = tensors[f"{name}.weight"]
    groups = x.shape[1] // weight.shape[1]
    x = F.conv2d(x, weight, padding=weight.shape[-1] // 2, groups=groups, **kwargs)
    parts = ("running_mean", "running_var", "weight", "bias")
    return F.batch_norm(x, *(tensors[f"{norm}.{part}"] for part in parts))


def _mobilenet(tensors: dict, x: Tensor) -> Tensor:
    """MobileNetV2, table 2 of arXiv:1801.04381, in torchvision's first layout."""
    x = F.relu6(_conv(x, tensors, "features.0.0", "features.0.1", stride=2))
    strides = [1, 2, 1, 2, 1, 1, 2, *[1] * 6, 2, 1, 1, 1]
    for i, stride in enumerate(strides, 1):
        y, name, j = x, f"features.{i}.conv", 0
        if i > 1:
            y, j = F.relu6(_conv(y, tensors, f"{name}.0", f"{name}.1")), 3
        y = _conv(y, tensors, f"{name}.{j}", f"{name}.{j + 1}", stride=stride)
        y = _conv(F.relu6(y), tensors, f"{name}.{j + 3}", f"{name}.{j + 4}")
        x = x + y if stride == 1 and x.shape == y.shape else y
    return F.relu6(_conv(x, tensors, "features.18.0", "features.18.1"))


def _shufflenet(tensors: dict, x: Tensor) -> Tensor:
    """ShuffleNetV2 in the layout of its authors."""
    x = F.relu(_conv(x, tensors, "first_conv.0", "first_conv.1", stride=2))
    x = F.max_pool2d(x, 3, 2, 1)
    for stage, blocks in (("stage2", 4), ("stage3", 8), ("stage4", 4)):
        for i in range(blocks):
            kept, x = (x, x) if i == 0 else (x[:, 0::2], x[:, 1::2])
            stride, name = 2 if i == 0 else 1, f"{stage}.{i}.branch"
            if i == 0:
                side = f"{name}_proj"
                kept = _conv(kept, tensors, f"{side}.0", f"{side}.1", stride=2)
                kept = F.relu(_conv(kept, tensors, f"{side}.2", f"{side}.3"))
            main = f"{name}_main"
            x = F.relu(_conv(x, tensors, f"{main}.0", f"{main}.1"))
            x = _conv(x, tensors, f"{main}.3", f"{main}.4", stride=stride)
            x = F.relu(_conv(x, tensors, f"{main}.5", f"{main}.6"))
            x = torch.cat([kept, x], 1)
    return x


@pytest.mark.data
@pytest.mark.parametrize(
    ("form", "file", "oracle"),
    [
        ("mobilenetv2", "mobilenetv2_imagenet.pt", _mobilenet),
        ("shufflenetv2", "shufflenetv2_05_imagenet.pth", _shufflenet),
    ],
)
def test_real_weights_give_the_original_features(
    shared_data: Path, form: str, file: str, oracle: Callable
) -> None:
    path = shared_data.with_name("weights") / file
    conversion = convert_weights(form, path)
    assert (conversion.fit.missing, conversion.fit.skipped) == ((), {})
    net = MODELS.build(conversion.model)
    net.eval()  # mmdet's returns None
    net.load_state_dict(conversion.fit.loaded)
    x = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        expected = oracle(read_state_dict(path), x)
        assert expected.abs().mean() > 0.01
        torch.testing.assert_close(net(x)[-1], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["mobilenet_v2", "shufflenet_v2_x0_5"])
def test_torchvision_gives_the_same_features(tmp_path: Path, name: str) -> None:
    models = pytest.importorskip("torchvision.models")
    torch.manual_seed(0)
    theirs = getattr(models, name)().eval()
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    form = "mobilenetv2" if "mobile" in name else "shufflenetv2"
    conversion = convert_weights(form, tmp_path / "w.pth")
    assert {k.split(".")[0] for k in conversion.fit.skipped} <= {
        *("classifier", "conv5", "fc")
    }
    ours = MODELS.build(conversion.model)
    ours.eval()
    ours.load_state_dict(conversion.fit.loaded)
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        if form == "mobilenetv2":
            expected = theirs.features(x)
        else:
            expected = theirs.maxpool(theirs.conv1(x))
            expected = theirs.stage4(theirs.stage3(theirs.stage2(expected)))
        torch.testing.assert_close(ours(x)[-1], expected, rtol=1e-4, atol=1e-5)


def _in_torchvision_names(net: Any) -> dict[str, Tensor]:
    """MobileNetV2 of mmdet under names of consecutive numbers, in order."""
    renamed: dict[str, Tensor] = {}
    places = [n.rpartition(".")[0] for n in net.state_dict() if n.endswith("weight")]
    for i, place in enumerate(places):
        for name, tensor in net.state_dict().items():
            if name.rpartition(".")[0] == place:
                renamed[f"features.{i}.0.{name.rpartition('.')[2]}"] = tensor
    return renamed


def test_mobilenet_of_another_width(tmp_path: Path) -> None:
    net = MODELS.build({"type": "mmdet.MobileNetV2", "widen_factor": 0.1})
    tensors = _in_torchvision_names(net)
    tensors |= {"classifier.1.weight": torch.zeros(1000, 1280)}
    shuffled = dict(sorted(tensors.items()))  # the order in the file does not matter
    torch.save(shuffled, tmp_path / "m.pth")
    foreign = read_mobilenet_v2(tmp_path / "m.pth")
    assert foreign.model["widen_factor"] == 0.1
    assert [*foreign.skipped] == ["classifier.1.weight"]
    state = net.state_dict()
    assert set(foreign.tensors) == set(state)
    assert all(torch.equal(t, state[n]) for n, t in foreign.tensors.items())


def test_blocks_numbered_through(tmp_path: Path) -> None:
    """The authors' own files number the blocks of all stages from 0 to 15."""
    net = MODELS.build({"type": "stal_plugin.ShuffleNetV2", "widen_factor": 0.5})
    starts = {"stage2": 0, "stage3": 4, "stage4": 12}
    places = {"conv1": ("first_conv", (0, 1)), "branch1": ("branch_proj", (0, 1, 2, 3))}
    places["branch2"] = ("branch_main", (0, 1, 3, 4, 5, 6))
    stored = {}
    for name, tensor in net.state_dict().items():
        parts = name.split(".")
        if parts[0] == "conv1":
            stored[f"first_conv.{int(parts[1] == 'bn')}.{parts[2]}"] = tensor
            continue
        stage, block, branch, layer, kind, part = parts
        theirs, numbers = places[branch]
        number = numbers[2 * int(layer) + (kind == "bn")]
        index = starts[stage] + int(block)
        stored[f"features.{index}.{theirs}.{number}.{part}"] = tensor
    torch.save({"state_dict": stored}, tmp_path / "s.pth")
    foreign = read_shufflenet_v2(tmp_path / "s.pth")
    assert foreign.model["shuffle"] == "before"
    assert {n: t.sum() for n, t in foreign.tensors.items()} == {
        n: t.sum() for n, t in net.state_dict().items()
    }


def test_other_networks_are_refused(tmp_path: Path) -> None:
    torch.save({"a.0.weight": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"no MobileNetV2 in .*\['a.0.weight'\]"):
        read_mobilenet_v2(tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"no ShuffleNetV2 of .*\['a.0.weight'\]"):
        read_shufflenet_v2(tmp_path / "w.pth")
