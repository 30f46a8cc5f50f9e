from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stal_plugin.engine.checkpoints.onnx_convolutions import read_onnx_convolutions

onnx = pytest.importorskip("onnx")
WEIGHT = np.arange(8, dtype=np.float32).reshape(4, 2, 1, 1)


def _tensor(array: np.ndarray, name: str) -> Any:
    return onnx.numpy_helper.from_array(array, name)


def _graph(tensors: list, nodes: list) -> Any:
    def info(name: str) -> Any:
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)

    graph = onnx.helper.make_graph(nodes, "g", [info("x")], [info("out")], tensors)
    return onnx.helper.make_model(graph)


def _conv(inputs: list[str], out: str, **attributes: Any) -> Any:
    return onnx.helper.make_node("Conv", inputs, [out], name=out, **attributes)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(tensors: list, nodes: list) -> Path:
        path = tmp_path / "net.onnx"
        path.write_bytes(_graph(tensors, nodes).SerializeToString())
        return path

    return write


def test_weights_and_wiring(write: Any) -> None:
    square = np.float16(np.eye(4)).reshape(4, 4, 1, 1)
    bias = np.ones(4, np.float32)
    nodes = [
        _conv(["x", "w", "b"], "a", strides=[2, 2]),
        onnx.helper.make_node("Sigmoid", ["a"], ["s"]),
        onnx.helper.make_node("Mul", ["a", "s"], ["m"]),
        _conv(["m", "e"], "c", group=1),
        onnx.helper.make_node("Concat", ["c", "m", "x"], ["out"], axis=1),
    ]
    tensors = [_tensor(WEIGHT, "w"), _tensor(bias, "b"), _tensor(square, "e")]
    graph = read_onnx_convolutions(write(tensors, nodes))
    first, second = graph.convolutions
    assert np.array_equal(first.weight, WEIGHT)
    assert np.array_equal(first.bias, bias)
    assert (first.stride, first.groups, first.inputs) == ((2, 2), 1, ())
    assert second.weight.dtype == np.float32
    assert (second.bias, second.stride, second.inputs) == (None, (1, 1), (0,))
    assert graph.outputs == (1, 0)
    assert graph.operators == {"Conv", "Sigmoid", "Mul", "Concat"}


def test_other_files_are_not_opened(write: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(WEIGHT.tobytes())
    tensor = _tensor(WEIGHT, "w")
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="secret")
    path = write([tensor], [_conv(["x", "w"], "out")])
    with pytest.raises(ValueError, match=r"'w' of node 'out' lies in another file"):
        read_onnx_convolutions(path)


def test_damaged_tensors_are_named(write: Any) -> None:
    nodes = [_conv(["x", "w"], "out")]
    huge = _tensor(WEIGHT, "w")
    huge.dims[:] = [1 << 40, 1 << 20, 1, 1]
    bad = {
        "is damaged": huge,
        "must be of type FLOAT": _tensor(WEIGHT.astype(np.int8), "w"),
        "not finite": _tensor(WEIGHT * np.nan, "w"),
        "no constant of the file": _tensor(WEIGHT, "v"),
    }
    for problem, tensor in bad.items():
        with pytest.raises(ValueError, match=rf"tensor 'w' of node 'out' .*{problem}"):
            read_onnx_convolutions(write([tensor], nodes))


def test_files_that_are_not_onnx(write: Any, tmp_path: Path) -> None:
    path = write([_tensor(WEIGHT, "w")], [_conv(["x", "w"], "out")])
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(ValueError, match=r"is no ONNX file, or was cut off: "):
        read_onnx_convolutions(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"it has no nodes"):
        read_onnx_convolutions(path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_onnx_convolutions(tmp_path / "none.onnx")
    many = [onnx.helper.make_node("Identity", ["x"], ["out"])] * 10_001
    with pytest.raises(ValueError, match="10,001 nodes, more than 10,000"):
        read_onnx_convolutions(write([], many))
    with pytest.raises(ValueError, match="node 'out' has no weights"):
        read_onnx_convolutions(write([], [_conv(["x"], "out")]))
