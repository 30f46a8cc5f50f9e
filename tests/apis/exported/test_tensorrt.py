"""What TensorRT's documents say, compared by hand; the networks of this project."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.quantize import quantize
from stal_plugin.apis.exported.tensorrt import (
    OPERATORS,
    tensorrt_problems,
    tensorrt_report,
    trtexec_command,
)

FLOAT = TensorProto.FLOAT


def model_file(
    folder: Path,
    nodes: list[Any],
    sizes: list[int | str],
    constants: dict[str, np.ndarray] | None = None,
    opset: int = 17,
) -> Path:
    """Write a graph from ``x`` (of such sizes) and ``i`` to the shape of ``y``."""
    inputs = [
        helper.make_tensor_value_info("x", FLOAT, sizes),
        helper.make_tensor_value_info("i", TensorProto.INT64, [1]),
    ]
    output = helper.make_tensor_value_info("shape", TensorProto.INT64, ["rank"])
    nodes = [*nodes, helper.make_node("Shape", ["y"], ["shape"])]
    kept = [numpy_helper.from_array(v, k) for k, v in (constants or {}).items()]
    graph = helper.make_graph(nodes, "g", inputs, [output], kept)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    path = folder / "m.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)
    return path


def test_operators() -> None:
    assert {"Conv", "GridSample", "Softmax", "CumSum"} <= OPERATORS
    assert (
        not {"ConvInteger", "DynamicQuantizeLinear", "LayerNormalization"} & OPERATORS
    )


@pytest.mark.parametrize(
    ("node", "sizes", "problems"),
    [
        (("Relu", ["x"], {}), [2, 3], []),
        (("Det", ["x"], {}), [3, 3], ["Det is not among its operators (1 place)"]),
        (
            ("Gelu", ["x"], {"domain": "com.microsoft"}),
            [2, 3],
            ["com.microsoft.Gelu is not among its operators (1 place)"],
        ),
        (("Unsqueeze", ["x", "one"], {}), [2, 3], []),
        (
            ("Unsqueeze", ["x", "i"], {}),
            [2, 3],
            ["Unsqueeze: input 1 is computed, and must be a constant (1 place)"],
        ),
        (("MaxPool", ["x"], {"kernel_shape": [2, 2]}), [1, 3, 8, 8], []),
        (
            ("AveragePool", ["x"], {"kernel_shape": [2]}),
            [1, 3, 8],
            ["AveragePool: only over two or three sizes (1 place)"],
        ),
        (("Resize", ["x", "", "twice"], {"mode": "linear"}), [1, 3, 8, 8], []),
        (
            ("Resize", ["x", "", "twice"], {"mode": "cubic"}),
            [1, 3, 8, 8],
            ["Resize: mode=cubic, only nearest, linear (1 place)"],
        ),
        (("GridSample", ["x", "grid"], {}), [1, 3, 8, 8], []),
    ],
)
def test_rules_by_hand(
    node: tuple[str, list[str], dict],
    sizes: list[int | str],
    problems: list[str],
    tmp_path: Path,
) -> None:
    kind, inputs, attributes = node
    constants = {
        "one": np.array([1]),
        "twice": np.array([1, 1, 2, 2], np.float32),
        "grid": np.zeros((1, 4, 4, 2), np.float32),
    }
    made = helper.make_node(kind, inputs, ["y"], **attributes)
    path = model_file(tmp_path, [made], sizes, constants)
    assert tensorrt_problems(path) == problems


def test_a_map_of_five_sizes_and_a_newer_opset(tmp_path: Path) -> None:
    grid = {"grid": np.zeros((1, 2, 2, 2, 3), np.float32)}
    nodes = [
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("GridSample", ["r", "grid"], ["y"], mode="linear"),
    ]
    path = model_file(tmp_path, nodes, [1, 3, 4, 8, 8], grid, opset=20)
    assert tensorrt_problems(path) == [
        "GridSample: of a map with 5 sizes, only of 4 (1 place)",
        "opset 20: TensorRT 8.5 ends at 17",
    ]


@pytest.mark.parametrize(
    ("zero", "text"),
    [
        (np.int8(0), None),
        (np.int8(3), "zero points other than 0"),
        (np.uint8(0), "uint8 numbers, only int8 is taken"),
        (None, "without a constant zero point numbers are unsigned"),
    ],
)
def test_numbers_of_8_bits(zero: Any, text: str | None, tmp_path: Path) -> None:
    constants = {"s": np.float32(0.1)} | ({} if zero is None else {"z": zero})
    inputs = ["s", *(["z"] if zero is not None else [])]
    nodes = [
        helper.make_node("QuantizeLinear", ["x", *inputs], ["q"]),
        helper.make_node("DequantizeLinear", ["q", *inputs], ["y"]),
    ]
    constants = {name: np.asarray(value) for name, value in constants.items()}
    found = tensorrt_problems(model_file(tmp_path, nodes, [2, 3], constants))
    kinds = ("QuantizeLinear", "DequantizeLinear")[: 1 if zero is None else 2]
    assert found == ([f"{k}: {text} (1 place)" for k in kinds] if text else [])


@pytest.mark.parametrize("kind", [np.int8, np.int32])
def test_weights_without_a_zero_point(kind: type, tmp_path: Path) -> None:
    constants = {"w": np.array([[1, -2]], kind), "s": np.array(0.5, np.float32)}
    node = helper.make_node("DequantizeLinear", ["w", "s"], ["y"])
    found = tensorrt_problems(model_file(tmp_path, [node], [2, 3], constants))
    text = "DequantizeLinear: int32 numbers, only int8 is taken (1 place)"
    assert found == ([] if kind is np.int8 else [text])


def test_constants_of_every_kind(tmp_path: Path) -> None:
    axes = helper.make_node("Constant", [], ["axes"], value_ints=[0])
    node = helper.make_node("Unsqueeze", ["x", "axes"], ["y"])
    assert tensorrt_problems(model_file(tmp_path, [axes, node], [2, 3])) == []


def test_graphs_in_graphs_are_read(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [helper.make_node("Det", ["x"], ["d"])],
        "branch",
        [],
        [helper.make_tensor_value_info("d", FLOAT, [])],
    )
    nodes = [
        helper.make_node("Cast", ["i"], ["b"], to=TensorProto.BOOL),
        helper.make_node("If", ["b"], ["y"], then_branch=branch, else_branch=branch),
    ]
    found = tensorrt_problems(model_file(tmp_path, nodes, [3, 3]))
    assert found == ["Det is not among its operators (2 places)"]


def test_command_with_free_sizes(tmp_path: Path) -> None:
    relu = helper.make_node("Relu", ["x"], ["y"])
    path = model_file(tmp_path, [relu], ["n", 3, "height", 8])
    start = f"trtexec --onnx={path} --saveEngine={path.with_suffix('.plan')}"
    assert trtexec_command(path) == (
        f"{start} --minShapes=x:1x3xHEIGHTx8 --optShapes=x:1x3xHEIGHTx8 "
        "--maxShapes=x:8x3xHEIGHTx8"
    )
    assert trtexec_command(model_file(tmp_path, [relu], [2, 3])) == start


def test_exported_networks(exported: Path, clips: Tensor, tmp_path: Path) -> None:
    assert tensorrt_problems(exported) == []
    report = tensorrt_report(exported)
    assert f"{exported}: nothing that TensorRT 8.5 is known to refuse" in report
    assert "--maxShapes=clip:8x3x4x64x64" in report
    int8 = tmp_path / "int8.onnx"
    quantize(exported, int8, OnnxModel(exported).metadata, "static", clips[:3])
    first, *problems = tensorrt_report(int8).splitlines()
    assert first == f"{int8}: TensorRT refuses"
    refused = sorted(text.strip().partition(" (")[0] for text in problems)
    assert refused == [
        "DequantizeLinear: int32 numbers, only int8 is taken",  # biases
        "DequantizeLinear: uint8 numbers, only int8 is taken",
        "QuantizeLinear: uint8 numbers, only int8 is taken",
    ]
