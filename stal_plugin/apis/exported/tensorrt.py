"""What TensorRT's parser would say to an ONNX file, as far as its documents tell."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stal_plugin.apis.exported.onnx_file import read_onnx

#: The first release that takes files of our opset.
RELEASE, OPSET = "8.5", 17
_NAMES = """
Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool
BatchNormalization Cast Ceil Celu Clip Concat Constant ConstantOfShape Conv
ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Div Dropout Einsum Elu Equal
Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gemm
GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample
HardSigmoid HardSwish Identity If InstanceNormalization IsNaN LRN LSTM LeakyRelu Less
LessOrEqual Log LogSoftmax Loop LpNormalization LpPool MatMul Max MaxPool Mean
MeanVarianceNormalization Min Mod Mul Neg NonMaxSuppression NonZero Not OneHot Or PRelu
Pad Pow QuantizeLinear RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike
Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean
ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize ReverseSequence
RoiAlign Round Scan Scatter ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin
Sinh Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan
Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where Xor
"""
#: Of that release: docs/operators.md of github.com/onnx/onnx-tensorrt.
OPERATORS = frozenset(_NAMES.split())
#: Inputs that must be constants.
_CONSTANTS = {"CumSum": 1, "Slice": 3, "Squeeze": 1, "TopK": 1, "Unsqueeze": 1}
_RESIZE = {
    "mode": ("nearest", "linear"),
    "coordinate_transformation_mode": (
        *("half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn"),
        *("asymmetric", "align_corners"),
    ),
}
_LARGEST_BATCH = 8


def tensorrt_problems(path: str | Path) -> list[str]:
    """Compare a file with what TensorRT's parser is documented to take.

    Nothing is run: TensorRT itself may still refuse the file, or be wrong.

    Args:
        path: ONNX file.

    Returns:
        What it would refuse, and at how many places; empty if nothing is known.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The package onnx is not installed.
        ValueError: It is damaged.
    """
    import onnx

    model = onnx.load_model_from_string(read_onnx(path).content)
    found = Counter(
        problem
        for node, constants, ranks in _nodes(onnx.shape_inference.infer_shapes(model))
        for problem in _of_node(node, constants, ranks)
    )
    places = [
        f"{text} ({n} {'places' if n > 1 else 'place'})" for text, n in found.items()
    ]
    opset = max(entry.version for entry in model.opset_import if not entry.domain)
    if opset > OPSET:
        places.append(f"opset {opset}: TensorRT {RELEASE} ends at {OPSET}")
    return places


def tensorrt_report(path: str | Path) -> str:
    """Say what TensorRT would refuse, or else its command; see `tensorrt_problems`."""
    problems = tensorrt_problems(path)
    if problems:
        return "\n  ".join([f"{path}: TensorRT refuses", *problems])
    return (
        f"{path}: nothing that TensorRT {RELEASE} is known to refuse; not tried\n"
        f"  {trtexec_command(path)}"
    )


def trtexec_command(path: str | Path) -> str:
    """Return the command that makes an engine of a file.

    Args:
        path: ONNX file. The first size of an input may be free: 1 to 8 are allowed
            for, and 1 is tuned for. Other free sizes are left in capitals, to fill in.
    """
    import onnx

    path = Path(path)
    inputs = onnx.load_model_from_string(read_onnx(path).content).graph.input
    engine = path.with_suffix(".plan")
    command = ["trtexec", f"--onnx={path}", f"--saveEngine={engine}"]
    for name, batch in (("min", 1), ("opt", 1), ("max", _LARGEST_BATCH)):
        shapes = ",".join(f"{i.name}:{_shape(i, batch)}" for i in inputs if _free(i))
        command += [f"--{name}Shapes={shapes}"] if shapes else []
    return shlex.join(command)


def _sizes(value: Any) -> list[int | str]:
    dims = value.type.tensor_type.shape.dim
    return [dim.dim_param or dim.dim_value for dim in dims]


def _free(value: Any) -> bool:
    return any(isinstance(size, str) for size in _sizes(value))


def _shape(value: Any, batch: int) -> str:
    first, *others = _sizes(value)
    sizes = [batch if isinstance(first, str) else first, *others]
    return "x".join(
        str(size).upper() if isinstance(size, str) else str(size) for size in sizes
    )


def _nodes(model: Any) -> Iterator[tuple[Any, Mapping[str, Any], Mapping[str, int]]]:
    """Nodes of all graphs, constants that they can see, and ranks of values."""
    yield from _of_graph(model.graph, {})
    for function in model.functions:
        yield from ((node, {}, {}) for node in function.node)


def _of_graph(graph: Any, outer: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    from onnx import helper, numpy_helper

    constants = {
        **outer,
        **{t.name: numpy_helper.to_array(t) for t in graph.initializer},
    }
    for node in graph.node:
        if node.op_type == "Constant":
            (attribute,) = node.attribute
            constants[node.output[0]] = (
                numpy_helper.to_array(attribute.t)
                if attribute.name == "value"
                else np.asarray(helper.get_attribute_value(attribute))
            )
    values = (*graph.input, *graph.value_info, *graph.output)
    types = {v.name: v.type.tensor_type for v in values}
    ranks = {n: len(t.shape.dim) for n, t in types.items() if t.HasField("shape")}
    for node in graph.node:
        yield node, constants, ranks
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node:
                    yield from _of_graph(inner, constants)


def _of_node(
    node: Any, constants: Mapping[str, Any], ranks: Mapping[str, int]
) -> Iterator[str]:
    kind = f"{node.domain}.{node.op_type}".removeprefix(".")
    if kind not in OPERATORS:
        yield f"{kind} is not among its operators"
        return
    place = _CONSTANTS.get(kind)
    if place is not None and len(node.input) > place:
        name = node.input[place]
        if name and name not in constants:
            yield f"{kind}: input {place} is computed, and must be a constant"
    check = _CHECKS.get(kind)
    if check is not None:
        yield from check(node, constants, ranks)


def _zero_points(node: Any, constants: Mapping[str, Any], _: object) -> Iterator[str]:
    quantizes = node.op_type == "QuantizeLinear"
    # without a zero point it is 0, of the kind of the numbers, or made unsigned
    name = node.input[2] if len(node.input) > 2 else "" if quantizes else node.input[0]
    zero = constants.get(name)
    if zero is None:
        if quantizes:
            yield "QuantizeLinear: without a constant zero point numbers are unsigned"
        return
    if zero.dtype != np.int8:
        yield f"{node.op_type}: {zero.dtype} numbers, only int8 is taken"
    elif len(node.input) > 2 and zero.any():
        yield f"{node.op_type}: zero points other than 0"


def _pool(node: Any, *_: object) -> Iterator[str]:
    sizes = {a.name: len(a.ints) for a in node.attribute}
    if sizes.get("kernel_shape") not in (2, 3):
        yield f"{node.op_type}: only over two or three sizes"
    if len(node.output) > 1 and node.output[1]:
        yield f"{node.op_type}: has no second output, the places"


def _resize(node: Any, *_: object) -> Iterator[str]:
    for attribute in node.attribute:
        allowed = _RESIZE.get(attribute.name)
        given = attribute.s.decode()
        if allowed and given not in allowed:
            yield f"Resize: {attribute.name}={given}, only {', '.join(allowed)}"


def _grid(node: Any, _: object, ranks: Mapping[str, int]) -> Iterator[str]:
    if ranks.get(node.input[0], 4) != 4:
        yield f"GridSample: of a map with {ranks[node.input[0]]} sizes, only of 4"


_CHECKS: dict[str, Callable[..., Iterator[str]]] = {
    "QuantizeLinear": _zero_points,
    "DequantizeLinear": _zero_points,
    "AveragePool": _pool,
    "MaxPool": _pool,
    "Resize": _resize,
    "GridSample": _grid,
}
