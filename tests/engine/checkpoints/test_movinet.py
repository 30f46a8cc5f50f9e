"""The converter of MoViNets, on files that the tests write."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

pytest.importorskip("tflite")

from fixtures.tflite_writer import TFLiteWriter, movinet_file

from stal_plugin.engine.checkpoints.class_names import with_class_names
from stal_plugin.engine.checkpoints.conversion import convert_weights, save_weights
from stal_plugin.engine.checkpoints.movinet import read_movinet
from stal_plugin.models.backbones import MoViNet
from stal_plugin.models.cls_heads import MoViNetHead
from stal_plugin.registry import MODELS

K = 5
INT8 = {"se_type": "none", "activation": "relu6"}


def _network(**kwargs: object) -> MoViNet:
    net = MoViNet(**kwargs)
    for name, tensor in net.state_dict().items():
        if name.endswith("rezero"):
            nn.init.uniform_(tensor, 0.5, 1)
        elif name.endswith("running_var"):
            nn.init.uniform_(tensor, 0.2, 1)
        elif name.endswith(("running_mean", "bias", "bn.weight", "norm.weight")):
            nn.init.uniform_(tensor, 0.1, 0.5)
    return net.eval()


@pytest.fixture(scope="module")
def head() -> MoViNetHead:
    loss = {"type": "mmaction.CrossEntropyLoss"}
    return MoViNetHead(K, 480, 16, hidden_activation="relu6", loss_cls=loss).eval()


@pytest.fixture(scope="module")
def small(head: MoViNetHead) -> bytes:
    """A0 in int8, with a classifier of five classes."""
    torch.manual_seed(0)
    return movinet_file(_network(**INT8), head, quantise=True)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes, name: str = "net.tflite") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@torch.no_grad()
@pytest.mark.parametrize(
    ("arch", "variant"),
    [
        ("A0", INT8),
        ("A0", {"se_type": "2plus3d", "activation": "hard_swish"}),
        ("A1", {"se_type": "3d", "activation": "hard_swish"}),
        ("A2", INT8),
    ],
)
def test_float_files_give_the_network_they_were_written_from(
    arch: str, variant: dict, write: Callable
) -> None:
    net = _network(arch=arch, **variant)
    foreign = read_movinet(write(movinet_file(net)))
    model = {"type": "stal_plugin.MoViNet", "arch": arch, "causal": True, **variant}
    assert foreign.model == model
    built = MODELS.build(dict(foreign.model)).eval()
    built.load_state_dict(foreign.tensors, strict=True)
    clip = torch.rand(1, 3, 3, 40, 40)
    expected = net(clip)
    assert expected.std() > 1e-2
    torch.testing.assert_close(built(clip), expected, atol=1e-4, rtol=1e-4)
    assert foreign.companions == {}
    assert "no classifier" in foreign.notes[1]


def test_scales_of_int8_weights_are_per_output_channel(
    small: bytes, write: Callable, head: MoViNetHead
) -> None:
    torch.manual_seed(0)
    net = _network(**INT8)
    foreign = read_movinet(write(small))
    for name, module in (("stem", net.stem), ("project", net.project)):
        fold = module.bn.weight / (module.bn.running_var + 1e-3).sqrt()
        expected = (module.conv.weight * fold[:, None, None, None]).detach()
        got = foreign.tensors[f"{name}.conv.weight"]
        step = expected.abs().amax((1, 2, 3), keepdim=True) / 127
        assert ((got - expected).abs() <= step * 0.501).all(), name
        assert not torch.equal(got, expected)
    bias = foreign.companions["cls_head.fc_cls.bias"]
    assert torch.equal(bias, head.fc_cls.bias)


def test_checkpoint_of_a_recogniser(
    small: bytes, write: Callable, tmp_path: Path
) -> None:
    path = write(small)
    names = [f"class {i}" for i in range(K)]
    (tmp_path / "labels.txt").write_text("\ufeff" + "\n".join(names) + "\n\n")
    conversion = convert_weights("movinet", path)
    assert conversion.fit.missing == ()
    assert conversion.fit.skipped == {}
    conversion = with_class_names(conversion, tmp_path / "labels.txt")
    save_weights(conversion, tmp_path / "net.pth", path.name)
    stored = torch.load(tmp_path / "net.pth", weights_only=True)
    meta = stored["meta"]
    assert len(meta.pop("sha256")) == 64
    assert meta == {
        "source": "net.tflite",
        "arch": "A0",
        "causal": True,
        **INT8,
        "dataset_meta": {"classes": names},
    }
    pretrained = {"type": "Pretrained", "checkpoint": str(tmp_path / "net.pth")}
    model = MODELS.build(
        {
            "type": "Recognizer3D",
            "backbone": {
                "type": "stal_plugin.MoViNet",
                **INT8,
                "init_cfg": {**pretrained, "prefix": "backbone."},
            },
            "cls_head": {
                "type": "stal_plugin.MoViNetHead",
                "num_classes": K,
                "in_channels": 480,
                "hidden_channels": 16,
                "hidden_activation": "relu6",
            },
        }
    )
    assert model.state_dict().keys() == stored["state_dict"].keys()
    model.backbone.init_weights()
    weight = model.backbone.stem.conv.weight
    assert torch.equal(weight, stored["state_dict"]["backbone.stem.conv.weight"])


def test_another_variant_in_the_config_is_named(small: bytes, write: Callable) -> None:
    model = {"backbone": {"type": "stal_plugin.MoViNet", "arch": "A1"}}
    message = (
        r"set arch='A0' \(it is 'A1'\), se_type='none' \(it is None\), "
        r"activation='relu6' \(it is None\)"
    )
    with pytest.raises(ValueError, match=message):
        convert_weights("movinet", write(small), model)


def test_a_tensor_of_another_shape_is_named(write: Callable) -> None:
    net = _network(**INT8)
    net.block1[0].projection.conv.weight = nn.Parameter(torch.rand(32, 79, 1, 1))
    message = (
        r"another network: block1.0.projection.conv.weight is \(32, 79, 1, 1\), in a "
        r"MoViNet it is \(32, 80, 1, 1\)"
    )
    with pytest.raises(ValueError, match=message):
        read_movinet(write(movinet_file(net)))


def test_other_networks_are_refused(write: Callable) -> None:
    net = _network(**INT8)
    net.block2.append(net.block2[2])
    message = r"blocks have \(1, 3, 4, 4, 4\) layers, .* A0 \(1, 3, 3, 4, 4\)"
    with pytest.raises(ValueError, match=message):
        read_movinet(write(movinet_file(net)))
    writer = TFLiteWriter()
    writer.tensor("image")
    weight = writer.tensor("MobilenetV1/Conv/w", np.zeros((8, 3, 3, 3), np.float32))
    writer.operator("CONV_2D", [0, weight], "MobilenetV1/Conv/y")
    with pytest.raises(
        ValueError, match="no place for its tensor 'MobilenetV1/Conv/y'"
    ):
        read_movinet(write(writer.content()))
    writer = TFLiteWriter()
    writer.operator("CONV_3D", [writer.tensor("image")], "base")
    with pytest.raises(ValueError, match="3D convolutions: only streaming ones fit"):
        read_movinet(write(writer.content()))


def test_scales_of_blocks_are_single_numbers(write: Callable) -> None:
    net = _network(**INT8)
    net.block1[2].rezero = nn.Parameter(torch.tensor([1.0, 1, 2]))
    message = r"block1.2.rezero is not one number \(\(1, 1, 2, 2, 3\)\)"
    with pytest.raises(ValueError, match=message):
        read_movinet(write(movinet_file(net)))


def test_numbers_that_are_not_finite_are_refused(write: Callable) -> None:
    net = _network(**INT8)
    with torch.no_grad():
        net.project.conv.weight[3, 2] = torch.nan
    with pytest.raises(ValueError, match=r"head/project.* that are not finite"):
        read_movinet(write(movinet_file(net)))


def test_cut_and_changed_files_are_one_error_or_a_network(
    small: bytes, write: Callable
) -> None:
    """Nothing else comes of them: the reader's own errors, no crash."""
    draw = random.Random(0)
    with pytest.raises(ValueError, match="damaged: "):
        read_movinet(write(small[: len(small) // 2]))
    errors = []
    for _ in range(25):
        changed = bytearray(small)
        for _ in range(40):
            # tables of the graph lie behind the buffers of weights and before them
            place = draw.choice((draw.randrange(60_000), -draw.randrange(1, 60_000)))
            changed[place] = draw.choice((0, 255, draw.randrange(256)))
        path = write(bytes(changed))
        try:
            read_movinet(path)
        except ValueError as error:
            errors.append(str(error))
    assert len(errors) > 5
    assert all("net.tflite'" in error for error in errors)
