from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.apis.exported.quantize import quantize
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.apis.load_model import load_model

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", ["dynamic", "static"])
def test_int8_stays_close_and_small(
    kind: str, exported: Path, clips: Tensor, tmp_path: Path, video: Path
) -> None:
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


def test_mistakes(exported: Path, tmp_path: Path) -> None:
    metadata = OnnxModel(exported).metadata
    with pytest.raises(ValueError, match="'int4' is not one of"):
        quantize(exported, tmp_path / "m.onnx", metadata, "int4")
    with pytest.raises(ValueError, match="needs training clips to calibrate on"):
        quantize(exported, tmp_path / "m.onnx", metadata, "static")


def test_a_time_step_is_calibrated_on_its_own_memory(
    live_parts: dict, tmp_path: Path, clips: Tensor
) -> None:
    settings = live_parts["tiny_settings"]()
    settings["model"]["backbone"]["backbone_3d"]["causal"] = True
    path = live_parts["save_tiny_checkpoint"](tmp_path / "c.pth", settings)
    metadata = write_onnx(*load_model(path, None, CPU), tmp_path / "s.onnx", "step")
    original = OnnxModel(tmp_path / "s.onnx")
    quantize(tmp_path / "s.onnx", tmp_path / "q.onnx", metadata, "static", clips[:1])
    for engine in ("onnxruntime", "openvino"):
        pytest.importorskip(engine)
        result = OnnxModel(tmp_path / "q.onnx", engine=engine)
        assert result.metadata.stream == metadata.stream
        parity = measure_parity(original, result, clips[:1])
        assert 0 < parity.scores < 0.1
