from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.engine.checkpoints.resnet3d18 import read_torchvision_r3d18
from stal_plugin.models.backbones import ResNet3D18

ARGUMENTS = {
    "stem_kernel": (3, 7, 7),
    "pool_kernel": (1, 1, 1),
    "pool_stride": (1, 1, 1),
    "shortcut": "B",
}
PLACES = {"conv1": "conv1.0", "bn1": "conv1.1", "conv2": "conv2.0", "bn2": "conv2.1"}


def _theirs(name: str) -> str:
    """A name of torchvision's network from one of K. Hara's."""
    layer, *rest = name.split(".")
    if layer in ("conv1", "bn1"):
        return ".".join([{"conv1": "stem.0", "bn1": "stem.1"}[layer], *rest])
    if layer == "fc" or rest[1] == "downsample":
        return name
    return ".".join([layer, rest[0], PLACES[rest[1]], rest[2]])


@pytest.fixture
def tensors(hara_tensors: Callable) -> dict[str, Tensor]:
    made = hara_tensors("B", counter=True)
    return {**made, "conv1.weight": torch.randn(4, 3, 3, 7, 7) * 0.1}


def test_equals_a_network_built_by_hand(
    tmp_path: Path, tensors: dict[str, Tensor], run_residual_layers: Callable
) -> None:
    path = tmp_path / "r3d_18.pth"
    file = {_theirs(name): tensor for name, tensor in tensors.items()}
    assert {
        "stem.0.weight",
        "stem.1.running_var",
        "layer1.0.conv1.0.weight",
        "layer3.1.conv2.1.num_batches_tracked",
        "layer2.0.downsample.1.bias",
        "fc.weight",
    } <= set(file)
    torch.save(file, path)
    weights = read_torchvision_r3d18(path)
    assert weights.model == {"type": "stal_plugin.ResNet3D18", **ARGUMENTS}
    assert set(weights.required) == set(ARGUMENTS)
    assert set(weights.skipped) == {"fc.weight", "fc.bias"}
    net = ResNet3D18(width=0.0625, **ARGUMENTS).eval()
    net.load_state_dict(weights.tensors, strict=True)
    clip = torch.rand(1, 3, 8, 32, 32)
    x = F.conv3d(clip, tensors["conv1.weight"], None, (1, 2, 2), (1, 3, 3))
    norm = [tensors[f"bn1.{k}"] for k in ("running_mean", "running_var")]
    x = F.relu(F.batch_norm(x, *norm, tensors["bn1.weight"], tensors["bn1.bias"]))
    expected = run_residual_layers(tensors, x)
    assert expected.shape[-2:] == (2, 2)  # output stride 16
    torch.testing.assert_close(net(clip)[0], expected, rtol=1e-4, atol=1e-4)


def test_equals_torchvision(tmp_path: Path) -> None:
    video = pytest.importorskip("torchvision.models.video")
    theirs = video.r3d_18(weights=None).eval()
    path = tmp_path / "r3d_18.pth"
    torch.save(theirs.state_dict(), path)
    net = ResNet3D18(**ARGUMENTS).eval()
    net.load_state_dict(read_torchvision_r3d18(path).tensors, strict=True)
    clip = torch.rand(1, 3, 4, 32, 32)
    x = theirs.stem(clip)
    for layer in (theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4):
        x = layer(x)
    torch.testing.assert_close(net(clip)[0], x, rtol=1e-4, atol=1e-4)


def test_r2plus1d_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r2plus1d_18.pth"
    torch.save({"layer1.0.conv1.0.0.weight": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match=r"\(2\+1\)D ones do not fit"):
        read_torchvision_r3d18(path)
