"""The convolutions of an ONNX file, with their weights and what feeds them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_MOST_NODES = 10_000
_LARGEST = 1 << 30  # bytes; protobuf itself ends at 2 GiB
_FLOATS = ("FLOAT", "FLOAT16", "DOUBLE")


@dataclass(frozen=True)
class OnnxConvolution:
    """A ``Conv`` node.

    Args:
        weight: ``(out, in / groups, rows, columns)`` float32.
        bias: ``(out,)`` float32; None: it has none.
        stride: Rows, columns.
        groups: Number of groups.
        inputs: Indices of the convolutions that its input is made of, nearest ones
            only, in the order of the nodes' inputs, each once.
    """

    weight: np.ndarray
    bias: np.ndarray | None
    stride: tuple[int, ...]
    groups: int
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class OnnxConvolutions:
    """The convolutions of a graph.

    Args:
        convolutions: In the order of the nodes.
        outputs: Indices of the nearest convolutions that the graph's outputs are made
            of, in the order of the nodes' inputs.
        operators: Types of all nodes.
    """

    convolutions: tuple[OnnxConvolution, ...]
    outputs: tuple[int, ...]
    operators: frozenset[str]


def read_onnx_convolutions(path: str | Path) -> OnnxConvolutions:
    """Read the convolutions of an ONNX file, as data: nothing of it is run.

    Tensors that lie in other files are refused: a file may name any path.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The package onnx is not installed.
        ValueError: The file is damaged, larger than 1 GiB, has more than 10,000
            nodes or names other files; a convolution's weights are not in it or are
            not finite floats.
    """
    graph = _read_graph(Path(path))
    if len(graph.node) > _MOST_NODES:
        raise ValueError(
            f"'{path}' has {len(graph.node):,} nodes, more than {_MOST_NODES:,}: it "
            "is no network that can be converted"
        )
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    made_of: dict[str, tuple[int, ...]] = {}
    found: list[OnnxConvolution] = []
    for node in graph.node:
        sources = [i for name in node.input for i in made_of.get(name, ())]
        inputs = tuple(dict.fromkeys(sources))
        if node.op_type == "Conv":
            found.append(_convolution(node, tensors, inputs, path))
            inputs = (len(found) - 1,)
        made_of.update(dict.fromkeys(node.output, inputs))
    outputs = [i for out in graph.output for i in made_of.get(out.name, ())]
    operators = frozenset(node.op_type for node in graph.node)
    return OnnxConvolutions(tuple(found), tuple(dict.fromkeys(outputs)), operators)


def _read_graph(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"weight file '{path}' does not exist")
    try:
        import onnx
    except ImportError:
        raise ImportError(
            "ONNX files need the package onnx: pip install -e .[export]"
        ) from None
    size = path.stat().st_size
    if size > _LARGEST:
        raise ValueError(f"'{path}' has {size:,} bytes, more than {_LARGEST:,}")
    try:
        graph = onnx.load_model_from_string(path.read_bytes()).graph
    except Exception as error:  # of protobuf; the class depends on its version
        raise ValueError(
            f"'{path}' ({size} bytes) is no ONNX file, or was cut off: {error}. "
            "Download it again"
        ) from None
    if not graph.node:
        raise ValueError(f"'{path}' ({size} bytes) is no ONNX file: it has no nodes")
    return graph


def _convolution(
    node: Any, tensors: dict[str, Any], inputs: tuple[int, ...], path: str | Path
) -> OnnxConvolution:
    attributes = {a.name: a for a in node.attribute}
    names = list(node.input)[1:]
    if not names:
        raise ValueError(f"'{path}': node {node.name!r:.99} has no weights")
    weight, *bias = (_array(tensors, name, node, path) for name in names)
    stride = attributes.get("strides")
    group = attributes.get("group")
    return OnnxConvolution(
        weight,
        bias[0] if bias else None,
        tuple(stride.ints) if stride is not None else (1, 1),
        int(group.i) if group is not None else 1,
        inputs,
    )


def _array(
    tensors: dict[str, Any], name: str, node: Any, path: str | Path
) -> np.ndarray:
    """Numbers of an initialiser."""
    import onnx

    place = f"'{path}': tensor {name!r:.99} of node {node.name!r:.99}"
    tensor = tensors.get(name)
    if tensor is None:
        raise ValueError(f"{place} is no constant of the file (an initialiser)")
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise ValueError(
            f"{place} lies in another file, which is not opened: save the model in one "
            "file, onnx.save(onnx.load(FILE), NEW)"
        )
    kinds = onnx.TensorProto.DataType
    if tensor.data_type not in [kinds.Value(kind) for kind in _FLOATS]:
        raise ValueError(f"{place} must be of type {', '.join(_FLOATS)}")
    try:
        array = onnx.numpy_helper.to_array(tensor).astype(np.float32)
    except Exception as error:  # of numpy or onnx, where dims do not fit the data
        raise ValueError(f"{place} is damaged: {error}") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{place} has numbers that are not finite")
    return array
