from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from mmengine.config import Config
from torch import Tensor

from stal_plugin.apis.exported import ExportedGraph, OnnxModel
from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.engine.checkpoints.inference_config import (
    InferenceConfig,
    find_test_pipeline,
)
from stal_plugin.registry import MODELS

CONFIGS = Path(__file__).parents[3] / "configs" / "mini"


def _config(pipeline: tuple = (), **model: Any) -> InferenceConfig:
    return InferenceConfig(model, pipeline, ("wave", "jump"), 25.0, False)


def test_the_file_is_checked_onnx_with_a_free_batch_size(exported: Path) -> None:
    content = onnx.load(str(exported))
    onnx.checker.check_model(content, full_check=True)
    assert [i.domain for i in content.opset_import] == [""]  # standard operators only
    (clip,) = content.graph.input
    shape = [d.dim_param or d.dim_value for d in clip.type.tensor_type.shape.dim]
    assert shape == ["batch", 3, 4, 64, 64]
    assert [o.name for o in content.graph.output] == [
        "boxes",
        "objectness",
        "class_probs",
    ]
    kinds = {node.op_type for node in content.graph.node}
    assert not kinds & {"BatchNormalization", "NonMaxSuppression", "If", "Loop"}


def test_plain_onnxruntime_gives_what_the_network_gives(
    network: tuple, exported: Path, clips: Tensor
) -> None:
    """Without any class of ours, from pixels of 0 to 255."""
    session = onnxruntime.InferenceSession(str(exported))
    model, _ = network
    for count in (1, 4):
        pixels = clips[:count].float()
        boxes, objectness, probs = session.run(None, {"clip": pixels.numpy()})
        normal = (pixels - 114) / 58
        with torch.no_grad():
            raw = model(normal)[0]
        assert boxes.shape == (count, 2 * 2 * 2, 4)
        # by hand: cell (1, 0) of the first anchor, 16 x 24 pixels, stride 32
        x, y, w, h, conf, *logits = raw[0, :7, 0, 1].tolist()
        centre = (32 * (1 + 1 / (1 + np.exp(-x))), 32 / (1 + np.exp(-y)))
        half = (8 * np.exp(w), 12 * np.exp(h))
        expected = [centre[0] - half[0], centre[1] - half[1]]
        expected += [centre[0] + half[0], centre[1] + half[1]]
        assert boxes[0, 2].tolist() == pytest.approx(expected, abs=1e-3)
        assert objectness[0, 2] == pytest.approx(1 / (1 + np.exp(-conf)), abs=1e-5)
        share = np.exp(logits) / np.exp(logits).sum()
        assert probs[0, 2].tolist() == pytest.approx(share.tolist(), abs=1e-5)


@pytest.mark.parametrize(
    "name",
    [
        *("center3d-onestage_agot", "yolov3_agot", "fcos_agot", "yowo-fpn_agot"),
        *("linknet-gated-both_agot", "yowo-motion_agot"),
    ],
)
def test_other_networks(name: str, tmp_path: Path) -> None:
    cfg = Config.fromfile(CONFIGS / f"{name}.py")
    if name == "yowo-motion_agot":  # training computes its anchors
        generator = cfg.model.bbox_head.prior_generator
        del generator.ann_file, generator.input_size, generator.num_anchors
        generator.base_sizes = [[(15, 15), (16, 20), (22, 20), (28, 22), (23, 28)]]
    model = MODELS.build(cfg.model)
    with torch.no_grad():  # running statistics, else the maps of YOLOv3 explode
        sample = torch.randn(4, 3, 8, 112, 112)
        model.train()(sample, mode="tensor")
    model.eval()
    pipeline = tuple(find_test_pipeline(cfg.to_dict()))
    metadata = write_onnx(model, _config(pipeline), tmp_path / "m.onnx")
    clips = torch.randint(0, 256, (4, 3, metadata.sampling.clip_len, 112, 112))
    parity = measure_parity(
        ExportedGraph(model).decode, OnnxModel(tmp_path / "m.onnx"), clips
    )
    assert parity.boxes < 2e-3
    assert parity.scores < 1e-5


def test_sizes_that_follow_the_frame(network: tuple, tmp_path: Path) -> None:
    model, config = network
    steps = [dict(step) for step in config.pipeline]
    for step in steps:
        if step["type"] == "mmaction.Resize":
            step.update(scale=(64, 64), keep_ratio=True)
    with pytest.raises(ValueError, match=r"different sizes, \[\(36, 64\), \(64, 36\)"):
        write_onnx(model, replace(config, pipeline=tuple(steps)), tmp_path / "m.onnx")


class _Complex(torch.nn.Module):
    def forward(self, maps: tuple) -> tuple:
        fused = torch.cat([m.mean(1, keepdim=True) for m in maps], 1)
        return (torch.fft.fft2(fused).real.repeat(1, 8, 1, 1),)


def test_an_operation_that_onnx_has_not(
    network: tuple,
    changed_model: Callable,
    tmp_path: Path,
    capfd: pytest.CaptureFixture,
) -> None:
    model = changed_model()
    model.neck = _Complex()
    with pytest.raises(ValueError, match=r"torch\.onnx cannot export .*fft"):
        write_onnx(model, network[1], tmp_path / "m.onnx")
    assert capfd.readouterr().out == ""  # torch prints the whole graph
