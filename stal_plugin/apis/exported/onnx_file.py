"""An ONNX file as data: checked before anything runs it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stal_plugin.annotations.problems import shortened

_LARGEST = 2 << 30  # bytes, where protobuf ends
_MESSAGE = 200  # characters of what is wrong
_DEEPEST = 10  # graphs in graphs


@dataclass(frozen=True)
class OnnxFile:
    """An ONNX file that is whole and names no other file.

    Args:
        path: Where it was read.
        content: Its bytes.
        properties: Its text entries.
    """

    path: Path
    content: bytes
    properties: dict[str, str]


def read_onnx(path: str | Path) -> OnnxFile:
    """Read an ONNX file, as data: nothing of it is run.

    Tensors that lie in other files are refused: a file may name any path. So is what
    the ONNX checker refuses: runtimes are native code.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The package onnx is not installed.
        ValueError: It is damaged, larger than 2 GiB, or names other files.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"'{path}' does not exist")
    try:
        import onnx
    except ImportError:
        raise ImportError(
            "ONNX files need the package onnx: pip install -e .[export]"
        ) from None
    size = path.stat().st_size
    if size >= _LARGEST:
        raise ValueError(f"'{path}' has {size:,} bytes, more than {_LARGEST:,}")
    content = path.read_bytes()
    try:
        model = onnx.load_model_from_string(content)
        _refuse_other_files(model)
        onnx.checker.check_model(model)
    except Exception as error:  # of protobuf; the class depends on its version
        cause = shortened(" ".join(str(error).split()), _MESSAGE)
        raise ValueError(f"'{path}' cannot be run: {cause}") from None
    properties = {entry.key: entry.value for entry in model.metadata_props}
    return OnnxFile(path, content, properties)


def _refuse_other_files(model: Any) -> None:
    import onnx

    for tensor in _tensors(model):
        external = tensor.data_location == onnx.TensorProto.EXTERNAL
        if external or tensor.external_data:
            raise ValueError(
                f"its tensor {tensor.name!r:.99} lies in another file, which is not "
                "opened: save the model in one file, onnx.save(onnx.load(FILE), NEW)"
            )


def _tensors(model: Any) -> Iterator[Any]:
    """All tensors of all graphs and functions."""
    yield from _of_graph(model.graph, 0)
    for function in model.functions:
        yield from _of_nodes(function.node, 0)


def _of_graph(graph: Any, depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        raise ValueError(f"its graphs are more than {_DEEPEST} levels deep")
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _of_nodes(graph.node, depth)


def _of_nodes(nodes: Iterable[Any], depth: int) -> Iterator[Any]:
    for node in nodes:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            for graph in (attribute.g, *attribute.graphs):
                if graph.node or graph.initializer:
                    yield from _of_graph(graph, depth + 1)
