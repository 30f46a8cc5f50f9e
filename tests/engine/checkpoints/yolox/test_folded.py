from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from stal_plugin.engine.checkpoints.yolox.folded import read_folded
from stal_plugin.engine.checkpoints.yolox.layers import yolox_model
from stal_plugin.registry import MODELS

onnx = pytest.importorskip("onnx")


def test_layers_are_found_by_their_wiring_alone(exported_nano: tuple) -> None:
    """mmdet's order of nodes is not that of YOLOX's authors."""
    model, path = exported_nano
    size, tensors = read_folded(path)
    assert size == "nano"
    assert set(tensors) == set(model.state_dict())
    copy = MODELS.build(yolox_model("nano", 3)).eval()
    copy.load_state_dict(tensors)
    images = torch.randint(0, 256, (1, 3, 64, 96)).float()
    with torch.no_grad():
        for ours, theirs in zip(copy(images), model(images), strict=True):
            for a, b in zip(ours, theirs, strict=True):
                torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_the_norm_is_the_identity_and_learns(exported_nano: tuple) -> None:
    _, tensors = read_folded(exported_nano[1])
    copy: Any = MODELS.build(yolox_model("nano", 3)).eval()
    copy.load_state_dict(tensors)
    norm = copy.backbone.stem.conv.bn
    x = torch.randn(2, 16, 4, 4)
    expected = x + norm.bias.view(1, -1, 1, 1)
    torch.testing.assert_close(norm(x), expected, rtol=1e-6, atol=1e-6)
    norm(x).square().sum().backward()
    assert norm.weight.grad.abs().min() > 0


@pytest.fixture
def edited(exported_nano: tuple, tmp_path: Path) -> Any:
    """Return a function that writes the file with a change."""

    def write(change: Any) -> Path:
        content = onnx.load(exported_nano[1])
        change(content.graph)
        path = tmp_path / "edited.onnx"
        path.write_bytes(content.SerializeToString())
        return path

    return write


def _last(graph: Any, kind: str) -> Any:
    return [node for node in graph.node if node.op_type == kind][-1]


def test_another_activation_is_refused(edited: Any) -> None:
    def change(graph: Any) -> None:
        _last(graph, "Sigmoid").op_type = "Relu"

    with pytest.raises(ValueError, match=r"YOLOX has no Relu$"):
        read_folded(edited(change))


def test_other_wiring_is_refused(edited: Any) -> None:
    def change(graph: Any) -> None:
        convs = [node for node in graph.node if node.op_type == "Conv"]
        convs[-1].input[0] = convs[-4].input[0]

    with pytest.raises(ValueError, match="113 convolutions are wired otherwise"):
        read_folded(edited(change))


def test_another_stride_is_refused(edited: Any) -> None:
    def change(graph: Any) -> None:
        conv = [node for node in graph.node if node.op_type == "Conv"][1]
        next(a for a in conv.attribute if a.name == "strides").ints[:] = [1, 1]

    place = r"place of backbone.stage1.0.depthwise_conv has .*\(1, 1\).*\(2, 2\)"
    with pytest.raises(ValueError, match=place):
        read_folded(edited(change))


def test_other_networks_are_refused(tmp_path: Path) -> None:
    node = onnx.helper.make_node("Conv", ["x", "w"], ["y"])
    weight = onnx.numpy_helper.from_array(nn.Conv2d(3, 16, 3).weight.detach().numpy())
    weight.name = "w"
    info = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, None)
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = onnx.helper.make_graph([node], "g", [info], [out], [weight])
    path = tmp_path / "other.onnx"
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    with pytest.raises(ValueError, match=r"no YOLOX \(nano, .*its 1 convolutions"):
        read_folded(path)
