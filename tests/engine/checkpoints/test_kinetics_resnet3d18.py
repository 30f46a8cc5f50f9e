from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.engine.checkpoints.resnet3d18 import read_kinetics_resnet3d18
from stal_plugin.models.backbones import ResNet3D18


def _network(tensors: dict[str, Tensor], clip: Tensor, run_layers: Callable) -> Tensor:
    """The network of K. Hara's repository, at test time."""
    x = F.conv3d(clip, tensors["conv1.weight"], None, (1, 2, 2), 3)
    norm = [tensors[f"bn1.{k}"] for k in ("running_mean", "running_var")]
    x = F.batch_norm(x, *norm, tensors["bn1.weight"], tensors["bn1.bias"])
    return run_layers(tensors, F.max_pool3d(F.relu(x), 3, 2, 1))


@pytest.mark.parametrize("shortcut", ["A", "B"])
@pytest.mark.parametrize("prefix", ["module.", ""])
def test_equals_a_network_built_by_hand(
    tmp_path: Path,
    hara_tensors: Callable,
    run_residual_layers: Callable,
    shortcut: str,
    prefix: str,
) -> None:
    tensors = hara_tensors(shortcut, counter=not prefix)
    path = tmp_path / "resnet-18-kinetics.pth"
    file = {"arch": "resnet-18", "epoch": 100}
    file["state_dict"] = {f"{prefix}{name}": t for name, t in tensors.items()}
    torch.save(file, path)
    weights = read_kinetics_resnet3d18(path)
    assert weights.model["shortcut"] == shortcut
    assert weights.model["stem_kernel"] == (7, 7, 7)
    assert set(weights.skipped) == {"fc.weight", "fc.bias"}
    net = ResNet3D18(width=0.0625, shortcut=shortcut).eval()
    missing, unexpected = net.load_state_dict(weights.tensors, strict=False)
    assert all(name.endswith("num_batches_tracked") for name in missing)
    assert not unexpected
    clip = torch.rand(1, 3, 8, 32, 32)
    expected = _network(tensors, clip, run_residual_layers)
    torch.testing.assert_close(net(clip)[0], expected, rtol=1e-4, atol=1e-4)


def test_a_deeper_network_is_refused(tmp_path: Path, hara_tensors: Callable) -> None:
    path = tmp_path / "resnet-34-kinetics.pth"
    tensors = hara_tensors("A")
    tensors["module.layer1.2.conv1.weight"] = torch.zeros(1)
    torch.save({"state_dict": tensors}, path)
    message = r"another network than a 3D ResNet-18.*\['layer1.2.conv1.weight'\] \(1 su"
    with pytest.raises(ValueError, match=message):
        read_kinetics_resnet3d18(path)
