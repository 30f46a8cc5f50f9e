import sys
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from torch import Tensor

from stal_plugin.apis import ActionDetector, WholeModel, choose_engine
from stal_plugin.apis.clip_sampling import ClipRing
from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.onnxruntime_runtime import best_device
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.engine.checkpoints.inference_config import (
    InferenceConfig,
    find_test_pipeline,
)
from stal_plugin.registry import MODELS

CONFIGS = Path(__file__).parents[3] / "configs" / "mini"
META = {"scale_factor": (0.8, 64 / 60), "original_shape": (60, 80)}


def test_the_detector_gives_the_same_on_every_frame(
    checkpoint: Path, exported: Path, video: Path
) -> None:
    original = ActionDetector(checkpoint, device="cpu", score_thr=0.0)
    other = ActionDetector(exported, score_thr=0.0)
    assert other.classes == original.classes == ("wave", "jump")
    assert other.config.fps == 25.0
    results = zip(original(video), other(video), strict=True)
    for number, (a, b) in enumerate(results, 1):
        assert (a.frame, b.frame) == (number, number)
        assert len(a) == len(b) > 3
        assert np.abs(a.boxes - b.boxes).max() < 1e-3
        assert np.abs(a.scores - b.scores).max() < 1e-5
        assert np.abs(a.objectness - b.objectness).max() < 1e-5
        assert np.array_equal(a.labels, b.labels)
        assert np.array_equal(a.track_ids, b.track_ids)


def test_the_engine_and_its_stride(exported: Path, video: Path) -> None:
    det = ActionDetector(exported, stride=4)
    engine = choose_engine(det.model, ClipRing(det.sampling), 4)
    assert isinstance(engine, WholeModel)
    assert [r.age for r in det(video)] == [0, 1, 2, 3] * 3


def test_batches_and_threads(exported: Path, clips: Tensor) -> None:
    model = MODELS.build({"type": "stal_plugin.OnnxModel", "path": str(exported)})
    options = model.runtime.session.get_session_options()
    assert options.intra_op_num_threads == torch.get_num_threads()
    samples = [SimpleNamespace(metainfo=META) for _ in range(3)]
    data = {"inputs": list(clips[:3]), "data_samples": samples}
    together = [s.pred_instances for s in model.test_step(data)]
    for clip, expected in zip(clips[:3], together, strict=True):
        sample = [SimpleNamespace(metainfo=META)]
        (alone,) = model(clip[None].float(), sample, mode="predict")
        assert torch.allclose(alone.pred_instances.scores, expected.scores, atol=1e-6)
        assert torch.allclose(alone.pred_instances.bboxes, expected.bboxes, atol=1e-4)
        assert expected.bboxes[:, 2].max() <= 80
    with pytest.raises(ValueError, match="cannot be trained"):
        model(clips[:1], [], mode="loss")


def test_key_frame_detector(tmp_path: Path, clips: Tensor) -> None:
    """mmdet's rules for YOLOv3, its boxes kept inside the frame."""
    cfg = Config.fromfile(CONFIGS / "yolov3_agot.py")
    model = MODELS.build(cfg.model)
    pixels = torch.nn.functional.interpolate(clips[:, :, -1].float(), 112)[:, :, None]
    with torch.no_grad():  # running statistics, else its maps explode
        model.train()((pixels - 114) / 58)
    model.eval()
    pipeline = tuple(find_test_pipeline(cfg.to_dict()))
    config = InferenceConfig({}, pipeline, ("a",) * 8, 25.0, False)
    write_onnx(model, config, tmp_path / "m.onnx")
    both = []
    for network in (model, OnnxModel(tmp_path / "m.onnx")):
        samples = [ActionDataSample(metainfo=META) for _ in pixels]
        data = {"inputs": list(pixels), "data_samples": samples}
        both.append([s.pred_instances for s in network.test_step(data)])
    for a, b in zip(*both, strict=True):
        assert len(a) == len(b) > 3
        assert torch.allclose(a.bboxes, b.bboxes, atol=1e-3)
        assert torch.allclose(a.scores, b.scores, atol=1e-5)
        assert torch.allclose(a.objectness, b.objectness, atol=1e-5)
        assert torch.equal(a.labels, b.labels)
        assert b.bboxes.max() <= 80


def test_mistakes(exported: Path, clips: Tensor, tmp_path: Path) -> None:
    model = OnnxModel(exported)
    with pytest.raises(
        ValueError, match=r"\(3, 4, 64, 64\), but the .* \(3, 4, 32, 64"
    ):
        model(clips[:, :, :, :32])
    with pytest.raises(FileNotFoundError, match=r"gone\.onnx' does not exist"):
        OnnxModel(tmp_path / "gone.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(exported.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"broken\.onnx' cannot be run"):
        OnnxModel(broken)
    with pytest.raises(ValueError, match="onnxruntime cannot run on 'xpu' here"):
        OnnxModel(exported, "xpu")


def test_settings_that_a_file_fixes(exported: Path) -> None:
    with pytest.raises(ValueError, match=r"carries all settings.*leave the config out"):
        ActionDetector(exported, config="any.py")
    with pytest.raises(ValueError, match="onnxruntime does not compute in bf16: take"):
        ActionDetector(exported, precision="amp")


def test_without_onnxruntime(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert best_device() == "cpu" or torch.cuda.is_available()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r"pip install -e \.\[export\]"):
        OnnxModel(exported)


@pytest.mark.data
def test_real_clip(checkpoint: Path, exported: Path, shared_data: Path) -> None:
    path = shared_data / "real_clips" / "demo_spatiotemporal_det.mp4"
    detectors = [
        ActionDetector(p, device="cpu", score_thr=0.0) for p in (checkpoint, exported)
    ]
    results = zip(*(islice(det(path), 24) for det in detectors), strict=True)
    count = 0
    for a, b in results:
        assert len(a) == len(b) > 3
        assert np.abs(a.boxes - b.boxes).max() < 1e-3
        assert np.abs(a.scores - b.scores).max() < 1e-5
        assert np.array_equal(a.labels, b.labels)
        count += len(a)
    assert count > 100
