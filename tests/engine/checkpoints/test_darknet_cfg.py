from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from stal_plugin.engine.checkpoints.conversion import convert_weights
from stal_plugin.engine.checkpoints.darknet_cfg import (
    read_cfg,
    read_darknet_pair,
    read_layers,
)
from stal_plugin.registry import MODELS

SMALL = """
[net]
channels=3
# a comment
[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
activation=leaky
[convolutional]
batch_normalize=1
groups=8
filters=8
size=3
[dropout]
[convolutional]
filters=4
activation=linear
[shortcut]
from=-3
[upsample]
[route]
layers=-1,0
[convolutional]
filters=2
[route]
layers = -2
groups = 2
[reorg]
stride=2
[convolutional]
filters=5
[yolo]
"""


def _cfg(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "net.cfg"
    path.write_text(text)
    return path


def test_channels_follow_the_graph(tmp_path: Path) -> None:
    layers = read_cfg(_cfg(tmp_path, SMALL))
    shapes = [(8, 3, 3, 3), (8, 1, 3, 3), (4, 8, 1, 1), (2, 12, 1, 1), (5, 24, 1, 1)]
    assert [layer.shape for layer in layers] == shapes
    assert [layer.groups for layer in layers] == [1, 8, 1, 1, 1]
    assert [layer.norm for layer in layers] == [True, True, False, False, False]
    assert (layers[0].stride, layers[0].activation, layers[0].line) == (2, "leaky", 5)


def test_every_number_has_its_place(tmp_path: Path, write_darknet: Callable) -> None:
    layers = read_cfg(_cfg(tmp_path, SMALL))
    counts = [layer.count for layer in layers]
    assert counts == [4 * 8 + 216, 4 * 8 + 72, 4 + 32, 2 + 24, 5 + 120]
    values = np.arange(sum(counts), dtype=np.float32)
    tensors = read_layers(write_darknet(values), layers)
    assert tensors[1]["bn.bias"].tolist() == [*range(248, 256)]
    assert tensors[1]["bn.running_var"].tolist() == [*range(272, 280)]
    assert tensors[1]["weight"][2].flatten().tolist() == [*range(298, 307)]
    assert tensors[4]["bias"].tolist() == [*range(414, 419)]
    assert tensors[4]["weight"].flatten()[-1] == sum(counts) - 1
    for wrong in (values[:-1], np.append(values, 0)):
        with pytest.raises(ValueError, match="different networks, or the file was cut"):
            read_layers(write_darknet(wrong), layers)


def test_a_backbone_is_taken_out(tmp_path: Path, write_darknet: Callable) -> None:
    """Of a network that begins as Darknet-19 does."""
    lines = ["[net]", "channels=3"]
    blocks = [((32, 3),), ((64, 3),), ((128, 3), (64, 1), (128, 3))]
    blocks += [((256, 3), (128, 1), (256, 3))]
    blocks += [tuple((c, k) for c, k in [(512, 3), (256, 1)] * 2 + [(512, 3)])]
    blocks += [tuple((c, k) for c, k in [(1024, 3), (512, 1)] * 2 + [(1024, 3)])]
    for convs in blocks:
        for filters, size in convs:
            lines += ["[convolutional]", "batch_normalize=1", f"filters={filters}"]
            lines += [f"size={size}", "stride=1", "activation=leaky"]
        lines += ["[maxpool]"]
    lines += ["[convolutional]", "filters=7"]
    cfg = _cfg(tmp_path, "\n".join(lines))
    layers = read_cfg(cfg)
    values = np.random.default_rng(0).normal(size=sum(x.count for x in layers))
    path = write_darknet(values.astype(np.float32), name="net")
    conversion = convert_weights("darknet", path)
    assert conversion.model["type"] == "stal_plugin.Darknet19"
    assert conversion.fit.skipped == {"convolution 18": "after Darknet-19"}
    loaded = conversion.fit.loaded
    assert loaded["stage1.0.bn.bias"].tolist() == np.float32(values[:32]).tolist()
    last = read_layers(path, layers)[17]["weight"]
    assert torch.equal(loaded["stage6.5.conv.weight"], last)
    net = MODELS.build({"type": "stal_plugin.Darknet19", "out_channels": 425})
    assert set(loaded) <= set(net.state_dict())


@pytest.mark.data
def test_a_real_pair(shared_data: Path) -> None:
    path = shared_data.with_name("weights") / "yolo-fastest-1.1.weights"
    layers = read_cfg(path.with_suffix(".cfg"))
    tensors = read_layers(path, layers)
    assert (len(layers), sum(layer.groups > 1 for layer in layers)) == (84, 28)
    assert 20 + 4 * sum(layer.count for layer in layers) == path.stat().st_size
    for layer, parts in zip(layers, tensors, strict=True):
        assert all(torch.isfinite(t).all() for t in parts.values())
        if layer.norm:  # read from the wrong place, some would be negative
            assert parts["bn.running_var"].min() >= 0
    assert tensors[-1]["weight"].shape[0] == 255
    with pytest.raises(
        ValueError, match=r"read whole \(84 .*not Darknet-53: conv.* 22"
    ):
        read_darknet_pair(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", r"must begin with \[net\]"),
        ("filters=3", r"line 1: 'filters=3' is no KEY=VALUE"),
        ("[net]\n[lstm]", r"section in line 2: \[lstm\] is not known"),
        ("[net]\n[convolutional]\nfilters=x", "filters='x' must be a whole number"),
        ("[net]\n[convolutional]\nfilters=99999999999", "up to 65536"),
        ("[net]\n[convolutional]\ngroups=2", "groups=2 must divide 3 input"),
        ("[net]\n[route]\nlayers=-1", "must be numbers of the 0 layers before it"),
        ("[net]\n[maxpool]\n[route]\nlayers=a", "layers='a' must be numbers of the 1"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_cfg(_cfg(tmp_path, text))


def test_no_cfg_beside_the_weights(tmp_path: Path) -> None:
    (tmp_path / "a.weights").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"a\.cfg.*of one name, side by side"):
        read_darknet_pair(tmp_path / "a.weights")
    (tmp_path / "a.cfg").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="is no text"):
        read_darknet_pair(tmp_path / "a.weights")
