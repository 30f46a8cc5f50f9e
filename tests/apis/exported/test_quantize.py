import io
import logging
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.nncf_int8 import make_activations_unsigned
from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.apis.exported.quantize import CALIBRATED, quantize
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.apis.load_model import load_model
from stal_plugin.files.exported_files import INT8_KINDS

CPU = torch.device("cpu")


def need_nncf(kind: str) -> None:
    if kind == "nncf":
        pytest.importorskip("nncf", reason="pip install -e .[nncf]")


@pytest.mark.parametrize("kind", INT8_KINDS)
def test_int8_stays_close_and_small(
    kind: str, exported: Path, clips: Tensor, tmp_path: Path, video: Path
) -> None:
    need_nncf(kind)
    target = tmp_path / "int8.onnx"
    original = OnnxModel(exported)
    quantize(exported, target, original.metadata, kind, clips[:3])
    weights = {
        i.name: i for i in onnx.load(str(target)).graph.initializer if len(i.dims) == 5
    }
    assert weights  # those of the 3D branch too
    assert {w.data_type for w in weights.values()} <= {
        onnx.TensorProto.INT8,
        onnx.TensorProto.UINT8,
    }
    result = OnnxModel(target)
    assert result.metadata.numbers == f"int8 {kind}"
    assert result.metadata.rule_cfg == original.metadata.rule_cfg
    parity = measure_parity(original, result, clips)
    assert 0 < parity.scores < 0.1  # it is another network, and still the same
    found = [r.scores[0] for r in ActionDetector(target, score_thr=0.0)(video)]
    exact = [r.scores[0] for r in ActionDetector(exported, score_thr=0.0)(video)]
    assert np.abs(np.subtract(found, exact)).max() < 0.1


def test_nncf_leaves_logging_as_it_was(
    exported: Path, clips: Tensor, tmp_path: Path
) -> None:
    """It raised the level of every handler that its logger had, such as pytest's."""
    need_nncf("nncf")
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger("nncf").addHandler(handler)
    metadata = OnnxModel(exported).metadata
    quantize(exported, tmp_path / "q.onnx", metadata, "nncf", clips[:1])
    logging.getLogger("nncf").removeHandler(handler)
    assert handler.level == logging.NOTSET
    assert logging.getLogger().level == logging.WARNING


def test_calibration_decides_the_ranges(
    exported: Path, clips: Tensor, tmp_path: Path
) -> None:
    """Black clips teach ranges that real ones do not fit."""
    original = OnnxModel(exported)
    scores = []
    for name, calibration in (("real", clips), ("black", clips * 0)):
        quantize(exported, tmp_path / name, original.metadata, "static", calibration)
        scores.append(measure_parity(original, OnnxModel(tmp_path / name), clips))
    assert scores[1].scores > 1.5 * scores[0].scores


def test_mistakes(
    exported: Path, tmp_path: Path, clips: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = OnnxModel(exported).metadata
    with pytest.raises(ValueError, match="'int4' is not one of"):
        quantize(exported, tmp_path / "m.onnx", metadata, "int4")
    with pytest.raises(ValueError, match="needs training clips to calibrate on"):
        quantize(exported, tmp_path / "m.onnx", metadata, "static")
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(ImportError, match=r"pip install -e \.\[nncf\]"):
        quantize(exported, tmp_path / "m.onnx", metadata, "nncf", clips[:1])


@pytest.mark.parametrize("kind", CALIBRATED)
def test_engines_agree_on_whole_clips(
    kind: str, exported: Path, clips: Tensor, tmp_path: Path
) -> None:
    """OpenVINO 2026.4 refused them, and computed wrong from signed activations."""
    pytest.importorskip("openvino")
    need_nncf(kind)
    original = OnnxModel(exported)
    quantize(exported, tmp_path / "q.onnx", original.metadata, kind, clips)
    lost = [
        measure_parity(original, OnnxModel(tmp_path / "q.onnx", engine=engine), clips)
        for engine in ("onnxruntime", "openvino")
    ]
    assert all(0 < one.scores < 0.1 for one in lost)
    assert lost[1].scores < 3 * lost[0].scores
    assert lost[1].boxes < 3 * lost[0].boxes


def test_unsigned_activations_stand_for_the_same_numbers() -> None:
    """Scale 0.5 and zero point -3, so that -1.5 is read as -6 and as 122."""
    names = ("scale", "point", "weight", "weight_point")
    values = (np.float32(0.5), np.int8(-3), np.float32([1.0]), np.int8(0))
    tensors = [
        numpy_helper.from_array(np.asarray(v), n)
        for v, n in zip(values, names, strict=True)
    ]
    make = onnx.helper.make_node
    nodes = [
        make("QuantizeLinear", ["x", "scale", "point"], ["q"]),
        make("DequantizeLinear", ["q", "scale", "point"], ["y"]),
        make("QuantizeLinear", ["weight", "scale", "weight_point"], ["w"]),
        make("DequantizeLinear", ["w", "scale", "weight_point"], ["z"]),
    ]
    floats = {n: onnx.helper.make_tensor_value_info(n, 1, None) for n in "xyqz"}
    graph = onnx.helper.make_graph(
        nodes, "g", [floats["x"]], [floats["y"], floats["z"]], tensors
    )
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)]
    )
    model.ir_version = 10
    x = np.float32([-1.5, 0, 7.2, -100, 100])

    def run() -> list[np.ndarray]:
        return onnxruntime.InferenceSession(model.SerializeToString()).run(
            None, {"x": x}
        )

    before = run()
    assert before[0].tolist() == [-1.5, 0.0, 7.0, -62.5, 65.0]
    make_activations_unsigned(model)
    types = {t.name: t.data_type for t in model.graph.initializer}
    assert (types["point"], types["weight_point"]) == (2, 3)  # uint8, int8
    for one, other in zip(before, run(), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("kind", CALIBRATED)
def test_a_time_step_is_calibrated_on_its_own_memory(
    kind: str, live_parts: dict, tmp_path: Path, clips: Tensor
) -> None:
    need_nncf(kind)
    settings = live_parts["tiny_settings"]()
    settings["model"]["backbone"]["backbone_3d"]["causal"] = True
    path = live_parts["save_tiny_checkpoint"](tmp_path / "c.pth", settings)
    metadata = write_onnx(*load_model(path, None, CPU), tmp_path / "s.onnx", "step")
    original = OnnxModel(tmp_path / "s.onnx")
    quantize(tmp_path / "s.onnx", tmp_path / "q.onnx", metadata, kind, clips[:1])
    for engine in ("onnxruntime", "openvino"):
        pytest.importorskip(engine)
        result = OnnxModel(tmp_path / "q.onnx", engine=engine)
        assert result.metadata.stream == metadata.stream
        parity = measure_parity(original, result, clips[:1])
        assert 0 < parity.scores < 0.1
