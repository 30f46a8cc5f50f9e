"""MoViNets of TensorFlow's checkpoints against Google's code.

The logits below are those of tf-models-official 2.20.0 (``MovinetClassifier``,
TensorFlow 2.21), whose variables were set to ``formula`` of their names.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from fixtures.tensorflow_writer import formula, movinet_variables, write_checkpoint

from stal_plugin.engine.checkpoints.conversion import convert_weights
from stal_plugin.engine.checkpoints.movinet import read_movinet
from stal_plugin.models.backbones import MoViNet
from stal_plugin.models.cls_heads import MoViNetHead
from stal_plugin.registry import MODELS

GOOGLES = {
    ("A0", False): [
        [-2.77506, -0.12300, -1.64566, -1.28950, -2.80671],
        [-0.34562, -1.14995, -0.65827, -2.03375, -1.52851],
    ],
    ("A0", True): [
        [0.07524, 0.44480, -1.54387, -1.97673, 1.61202],
        [-0.62930, 0.66993, -0.81645, -1.33974, 1.07510],
    ],
    ("A1", False): [
        [-12.20216, -5.37214, 1.44885, -2.31997, -2.39377],
        [-5.93293, -1.85352, 2.27301, 1.15647, -2.04672],
    ],
}


def _head(channels: int, hidden: int, activation: str = "swish") -> MoViNetHead:
    loss = {"type": "mmaction.CrossEntropyLoss"}
    kwargs = {"hidden_activation": activation, "loss_cls": loss}
    return MoViNetHead(5, channels, hidden, **kwargs).eval()


def _variables(arch: str, causal: bool, hidden: int) -> dict[str, np.ndarray]:
    with torch.device("meta"):
        net = MoViNet(arch=arch, causal=causal)
        listed = dict(movinet_variables(net, _head(net.out_channels, hidden)))
    return {name: formula(name, shape) for name, shape in listed.items()}


@pytest.fixture(scope="module")
def small() -> dict[str, np.ndarray]:
    return _variables("A0", False, 8)


@torch.no_grad()
@pytest.mark.parametrize(("arch", "causal"), GOOGLES)
def test_logits_are_googles(arch: str, causal: bool, tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, _variables(arch, causal, 2048))
    conversion = convert_weights("movinet", index)
    assert conversion.fit.missing == ()
    assert conversion.fit.skipped == {}
    assert conversion.meta["arch"] == arch
    assert conversion.meta["causal"] is causal
    net = MODELS.build(conversion.model).eval()
    net.load_state_dict(conversion.fit.loaded)
    head = _head(net.out_channels, 2048, conversion.model["activation"])
    stored = conversion.companions.items()
    head.load_state_dict({k.removeprefix("cls_head."): v for k, v in stored})
    k = np.arange(2 * 6 * 64 * 48 * 3) % 10007
    video = (0.5 + 0.5 * np.cos(0.37 * k * k)).reshape(2, 6, 64, 48, 3)
    video[1] *= np.linspace(0, 1, 6)[:, None, None, None]
    clip = torch.from_numpy(video.astype(np.float32)).permute(0, 4, 1, 2, 3)
    expected = torch.tensor(GOOGLES[arch, causal])
    torch.testing.assert_close(head(net(clip)), expected, atol=1e-4, rtol=1e-5)


def test_what_the_file_does_not_say_is_said(small: dict, tmp_path: Path) -> None:
    foreign = read_movinet(write_checkpoint(tmp_path, small))
    assert foreign.model == {
        "type": "stal_plugin.MoViNet",
        "arch": "A0",
        "causal": False,
        "se_type": "3d",
        "activation": "swish",
    }
    assert "as published (swish, 3D convolutions that do)" in foreign.notes[0]
    assert "in_channels=480, hidden_channels=8" in foreign.notes[1]


def test_variables_of_optimisers_are_left_alone(small: dict, tmp_path: Path) -> None:
    name = "stem/stem/bn/gamma"
    more = {f"{name}/Momentum": small[name], "global_step": np.zeros(())}
    plain = read_movinet(write_checkpoint(tmp_path, small))
    trained = read_movinet(write_checkpoint(tmp_path, {**small, **more}))
    assert plain.tensors.keys() == trained.tensors.keys()
    assert torch.equal(
        trained.tensors["stem.bn.weight"], torch.from_numpy(small[name]).float()
    )


def test_another_network_is_named(small: dict, tmp_path: Path) -> None:
    changed = {**small, "stem/stem/conv3d/kernel": np.zeros((1, 3, 3, 3, 9))}
    message = (
        r"stem.conv.weight is \(9, 3, 1, 3, 3\), in a MoViNet it is \(8, 3, 3, 3\)"
    )
    with pytest.raises(ValueError, match=message):
        read_movinet(write_checkpoint(tmp_path, changed))
    less = {k: v for k, v in small.items() if k != "head/project/bn/beta"}
    with pytest.raises(ValueError, match=r"no weights for \['project.bn.bias'\]"):
        read_movinet(write_checkpoint(tmp_path, less))
    none = {"resnet/conv1/kernel": np.zeros((3, 3, 3, 8))}
    with pytest.raises(ValueError, match=r"its blocks have \(0, 0, 0, 0, 0\) layers"):
        read_movinet(write_checkpoint(tmp_path, none))
    twice = {**small, "twin/stem/stem/bn/gamma": small["stem/stem/bn/gamma"]}
    with pytest.raises(ValueError, match=r"two variables for stem\.bn\.weight"):
        read_movinet(write_checkpoint(tmp_path, twice))
    more = {**small, "block4_layer9/scale": np.zeros(())}
    with pytest.raises(ValueError, match=r"block4\.9\.rezero is \(\), .* absent"):
        read_movinet(write_checkpoint(tmp_path, more))
    deep = {
        k.replace("layer0/bneck/feature/conv3d", "layer0/bneck/feature/x_temporal/y"): v
        for k, v in _variables("A0", True, 8).items()
    }
    deep["block0_layer0/bneck/feature/conv2d_temporal/y/kernel"] = np.zeros(
        (1, 1, 24, 24)
    )
    with pytest.raises(ValueError, match=r"block0.0.feature.time.weight is .* absent"):
        read_movinet(write_checkpoint(tmp_path, deep))


def test_the_file_to_name_is_the_index(small: dict, tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, {k: small[k] for k in [*small][:3]})
    for name in ("ckpt-1.data-00000-of-00001", "ckpt-1"):
        with pytest.raises(ValueError, match=f"is read by its index, '{index}'"):
            read_movinet(tmp_path / name)
    with pytest.raises(ValueError, match=f"is read by its index, '{index}'"):
        read_movinet(tmp_path)
    (tmp_path / "a0.tar.gz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a0\.tar\.gz' is packed: tar -xf it"):
        read_movinet(tmp_path / "a0.tar.gz")
    with pytest.raises(FileNotFoundError, match=r"other\.index' does not exist"):
        read_movinet(tmp_path / "other.index")
