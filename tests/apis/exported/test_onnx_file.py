from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.onnx_file import read_onnx

onnx = pytest.importorskip("onnx")


def test_content_and_properties(exported: Path) -> None:
    file = read_onnx(exported)
    assert file.content == exported.read_bytes()
    assert file.properties["stal_plugin.classes"] == '["wave", "jump"]'


def in_the_graph(model: Any) -> Any:
    return model.graph.initializer[0]


def in_an_attribute(model: Any) -> Any:
    node = next(node for node in model.graph.node if node.op_type == "Constant")
    return node.attribute[0].t


def in_an_inner_graph(model: Any) -> Any:
    node = model.graph.node.add(op_type="If", name="evil")
    inner = node.attribute.add(name="then_branch", type=onnx.AttributeProto.GRAPH)
    return inner.g.initializer.add(name="inner", dims=[1], data_type=1)


@pytest.mark.parametrize("place", [in_the_graph, in_an_attribute, in_an_inner_graph])
def test_other_files_are_not_opened(
    exported: Path, tmp_path: Path, place: Callable
) -> None:
    model = onnx.load(exported)
    tensor = place(model)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    path = tmp_path / "evil.onnx"
    path.write_bytes(model.SerializeToString())
    for engine in ("onnxruntime", "openvino"):
        with pytest.raises(ValueError, match=r"evil\.onnx' .* lies in another file"):
            OnnxModel(path, engine=engine)


def test_damaged_files(exported: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    for content in (b"", b"text", exported.read_bytes()[:5000]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"broken\.onnx' cannot be run") as told:
            read_onnx(path)
        assert "\n" not in str(told.value)
        assert len(str(told.value)) < 400
    model = onnx.load(exported)
    node = next(node for node in model.graph.node if node.op_type == "Conv")
    node.input[0] = "nowhere"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match=r"broken\.onnx' cannot be run: .*nowhere"):
        read_onnx(path)


def test_a_graph_that_is_not_what_the_settings_say(
    exported: Path, tmp_path: Path
) -> None:
    model = onnx.load(exported)
    path = tmp_path / "other.onnx"
    model.graph.input[0].type.tensor_type.shape.dim[4].dim_value = 32
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match=r"other\.onnx' cannot be run"):
        OnnxModel(path)
