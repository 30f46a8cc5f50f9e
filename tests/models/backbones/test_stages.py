import pytest
import torch
from torch import Tensor, nn

from stal_plugin.models.backbones.darknet19 import space_to_depth
from stal_plugin.models.backbones.stages import (
    StagedRun,
    as_staged,
    scaled_channels,
)
from stal_plugin.registry import MODELS


@pytest.mark.parametrize("deep_stem", [False, True])
def test_mmdet_resnet_walked_by_stages_equals_its_forward(deep_stem):
    config = {"type": "mmdet.ResNetV1d" if deep_stem else "mmdet.ResNet", "depth": 18}
    net = MODELS.build({**config, "base_channels": 8, "stem_channels": 8})
    net.eval()  # returns None
    assert net.deep_stem == deep_stem
    names = ("layer1", "layer2", "layer3", "layer4")
    staged = as_staged(net)
    assert staged.stage_channels == dict(zip(names, (8, 16, 32, 64), strict=True))
    x = torch.rand(1, 3, 64, 64)
    for a, b in zip(StagedRun(as_staged(net), x).finish(), net(x), strict=True):
        assert torch.equal(a, b)


def test_mmdet_mobilenet_walked_by_stages_equals_its_forward() -> None:
    config = {"type": "mmdet.MobileNetV2", "widen_factor": 0.25}
    net = MODELS.build({**config, "out_indices": (2, 4, 7)})
    net.eval()
    staged = as_staged(net)
    names = [*(f"layer{i}" for i in range(1, 8)), "conv2"]
    channels = (8, 8, 8, 16, 24, 40, 80, 1280)
    assert staged.stage_channels == dict(zip(names, channels, strict=True))
    x = torch.rand(1, 3, 64, 64)
    for a, b in zip(StagedRun(staged, x).finish(), net(x), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("with_pool2", [False, True])
def test_mmaction_resnet3d_walked_by_stages_equals_its_forward(with_pool2):
    net = MODELS.build(
        {
            "type": "mmaction.ResNet3d",
            "depth": 18,
            "pretrained": None,
            "base_channels": 8,
            "with_pool2": with_pool2,
            "out_indices": (0, 1, 3),
            "norm_cfg": {"type": "BN3d"},
        }
    )
    net.eval()
    x = torch.rand(1, 3, 8, 64, 64)
    for a, b in zip(StagedRun(as_staged(net), x).finish(), net(x), strict=True):
        assert torch.equal(a, b)


def test_other_branches_have_no_stages():
    class Other(nn.Module):
        pass

    assert as_staged(Other()) is None
    assert as_staged(None) is None


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({"type": "stal_plugin.Darknet19", "width": 0.0625}, (32, 32)),
        ({"type": "stal_plugin.ResNet3D18", "width": 0.0625}, (4, 32, 32)),
        ({"type": "mmdet.ResNet", "depth": 50, "base_channels": 4}, (32, 32)),
        (
            {
                "type": "mmaction.ResNet3d",
                "depth": 50,
                "pretrained": None,
                "base_channels": 4,
                "norm_cfg": {"type": "BN3d"},
            },
            (8, 32, 32),
        ),
    ],
    ids=lambda p: p["type"] if isinstance(p, dict) else "",
)
def test_channels_are_those_of_the_features(config, size):
    net = MODELS.build(config)
    net.eval()
    staged = as_staged(net)
    run = StagedRun(staged, torch.rand(1, 3, *size))
    run.finish()
    assert {n: f.shape[1] for n, f in run.features.items()} == staged.stage_channels


class _Doubling:
    """A staged backbone for these tests."""

    def __init__(self) -> None:
        self.stage_channels = {"first": 1, "second": 1}
        self.ran: list[str] = []

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        self.ran.append(name)
        return x * 2

    def collect(self, features: dict[str, Tensor]) -> tuple[Tensor, ...]:
        return (features["second"],)


def test_a_run_passes_features_unchanged() -> None:
    run = StagedRun(_Doubling(), torch.tensor(3.0))
    assert run.finish() == (torch.tensor(12.0),)


def test_a_run_hands_changed_features_on() -> None:
    backbone = _Doubling()
    run = StagedRun(backbone, torch.tensor(3.0))
    assert run.run_to("first").item() == 6.0
    assert run.run_to("first").item() == 6.0
    run.features["first"] = run.features["first"] + 1
    assert run.run_to("second").item() == 14.0
    assert run.finish() == (torch.tensor(14.0),)
    assert backbone.ran == ["first", "second"]


@pytest.mark.parametrize(
    ("channels", "width", "expected"),
    [(64, 1.0, 64), (1024, 0.25, 256), (32, 0.01, 4), (64, 0.3, 20)],
)
def test_scaled_channels(channels: int, width: float, expected: int) -> None:
    assert scaled_channels(channels, width) == expected


def test_space_to_depth_puts_the_patch_position_outermost() -> None:
    x = torch.arange(2 * 4 * 4, dtype=torch.float).view(1, 2, 4, 4)
    out = space_to_depth(x)
    assert out.shape == (1, 8, 2, 2)
    for dy in range(2):
        for dx in range(2):
            for c in range(2):
                block = out[0, (dy * 2 + dx) * 2 + c]
                assert torch.equal(block, x[0, c, dy::2, dx::2])
