"""Dense heads of mmdet on the two branches, exported and compared with the original."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from fixtures.dense_heads import CLASSES, NAMES, dense_head
from mmaction.structures import ActionDataSample
from mmengine.config import ConfigDict
from torch import Tensor, nn

from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.engine.checkpoints.allowed_types import allowed
from stal_plugin.engine.checkpoints.inference_config import (
    InferenceConfig,
    find_test_pipeline,
)
from stal_plugin.registry import MODELS

META = {
    "scale_factor": (0.8, 64 / 60),
    "original_shape": (60, 80),
    "img_shape": (64, 64),
}


@pytest.fixture
def built(live_parts: dict) -> Callable[[str], tuple[Any, InferenceConfig]]:
    """Maker of a tiny network with a head of mmdet, and its config."""

    def make(name: str) -> tuple[Any, InferenceConfig]:
        settings = live_parts["tiny_settings"]()
        head, train_cfg = dense_head(name, (32,))
        changes = {
            "type": "stal_plugin.ClipDetector",
            "bbox_head": head,
            "train_cfg": train_cfg,
            "test_cfg": {
                "score_thr": 0.02,
                "nms": {"type": "nms", "iou_threshold": 0.6},
                "max_per_img": 50,
            },
        }
        # as a checkpoint would be read
        model = allowed({**settings["model"], **changes}, "model")
        torch.manual_seed(2)
        network = MODELS.build(ConfigDict(model)).eval()
        for layer in network.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                nn.init.uniform_(layer.running_mean, -0.1, 0.1)
        for layer in network.bbox_head.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=layer.weight[0].numel() ** -0.5)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        pipeline = tuple(find_test_pipeline(settings))
        names = tuple("abc"[:CLASSES])
        return network, InferenceConfig(model, pipeline, names, 25.0, False)

    return make


@pytest.mark.parametrize("name", NAMES)
def test_the_file_detects_what_the_network_detects(
    name: str, built: Callable, clips: Tensor, tmp_path: Path
) -> None:
    network, config = built(name)
    write_onnx(network, config, tmp_path / "m.onnx")
    exported = OnnxModel(tmp_path / "m.onnx")
    both = []
    for model in (network, exported):
        samples = [ActionDataSample(metainfo=META) for _ in clips]
        found = model.test_step({"inputs": list(clips), "data_samples": samples})
        both.append([sample.pred_instances for sample in found])
    for a, b in zip(*both, strict=True):
        assert len(a) == len(b) > 1
        torch.testing.assert_close(a.bboxes, b.bboxes, atol=1e-3, rtol=0)
        torch.testing.assert_close(a.scores, b.scores, atol=1e-5, rtol=0)
        torch.testing.assert_close(a.objectness, b.objectness, atol=1e-5, rtol=0)
        assert torch.equal(a.labels, b.labels)


def test_the_exporters_own_comparison(
    built: Callable, clips: Tensor, tmp_path: Path
) -> None:
    from stal_plugin.apis.exported.exported_graph import ExportedGraph

    network, config = built("rtmdet")
    write_onnx(network, config, tmp_path / "m.onnx")
    decode = ExportedGraph(network).decode
    parity = measure_parity(decode, OnnxModel(tmp_path / "m.onnx"), clips)
    assert parity.boxes < 1e-3
    assert parity.scores < 1e-5
    network.bbox_head.rtm_cls.bias.data += 1
    parity = measure_parity(decode, OnnxModel(tmp_path / "m.onnx"), clips)
    assert parity.scores > 1e-3
