from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from torch import Tensor, nn

from stal_plugin.apis.exported import ExportedGraph
from stal_plugin.registry import MODELS

CONFIGS = Path(__file__).parents[3] / "configs" / "mini"


def test_graph_and_rule_are_the_network(network: tuple, clips: Tensor) -> None:
    model, _ = network
    graph = ExportedGraph(model)
    with torch.no_grad():
        boxes, objectness, probs = graph(clips[:2].float())
        raw = model((clips[:2].float() - 114) / 58)
        found = model.bbox_head.decode(*raw)
    assert graph.output_names == ("boxes", "objectness", "class_probs")
    assert torch.equal(boxes, found.boxes)
    assert torch.equal(objectness, found.objectness)
    assert torch.equal(probs, found.class_probs)


def test_pixels_are_left_alone(network: tuple, clips: Tensor) -> None:
    pixels = clips[:1].float()
    before = pixels.clone()
    with torch.no_grad():
        ExportedGraph(network[0])(pixels)
    assert torch.equal(pixels, before)


def test_bgr_clips_are_turned(changed_model: Callable, clips: Tensor) -> None:
    torch.manual_seed(3)
    plain = changed_model()
    processor = dict(type="stal_plugin.ClipDataPreprocessor", to_rgb=True)
    turned = changed_model(data_preprocessor={**processor, "mean": [114.0] * 3})
    turned.data_preprocessor.std.fill_(58)
    turned.load_state_dict(plain.state_dict(), strict=False)
    pixels = clips[:1].float()
    with torch.no_grad():
        expected = ExportedGraph(plain)(pixels)
        found = ExportedGraph(turned)(pixels.flip(1))
    for a, b in zip(expected, found, strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_keypoints_are_among_the_output() -> None:
    cfg = Config.fromfile(CONFIGS / "center3d-onestage_agot.py")
    cfg.model.bbox_head.num_keypoints = 9
    graph = ExportedGraph(MODELS.build(cfg.model).eval())
    assert graph.output_names[3:5] == ("keypoints", "keypoint_scores")
    with torch.no_grad():
        parts = graph(torch.zeros(2, 3, 8, 112, 112))
    assert len(parts) == len(graph.output_names) == 6
    assert parts[3].shape == (2, 50, 9, 2)


def test_networks_of_two_stages() -> None:
    model = MODELS.build(Config.fromfile(CONFIGS / "center3d_agot.py").model)
    with pytest.raises(ValueError, match="Center3D cannot be exported: that needs a"):
        ExportedGraph(model)


def test_heads_that_decode_and_suppress_in_one(changed_model: Callable) -> None:
    head = {
        "type": "mmdet.CenterNetHead",
        "in_channels": 16,
        "feat_channels": 4,
        "num_classes": 2,
    }
    model: Any = changed_model(type="stal_plugin.ClipDetector", bbox_head=head)
    with pytest.raises(
        ValueError, match="CenterNetHead cannot be exported: its decoding is not apart"
    ):
        ExportedGraph(model)


def test_foreign_preprocessor(changed_model: Callable) -> None:
    model: Any = changed_model()
    model.data_preprocessor = nn.Identity()
    with pytest.raises(ValueError, match="Identity cannot be exported: set the model"):
        ExportedGraph(model)
