import copy

import pytest
import torch
from mmdet.models.dense_heads import YOLOV3Head
from mmengine.config import ConfigDict
from torch import Tensor

from stal_plugin.models.dense_heads.detection_rules import (
    DETECTION_RULES,
    ScoredBoxes,
    apply_rule,
)
from stal_plugin.models.dense_heads.objectness_yolov3_head import ObjectnessYOLOV3Head
from stal_plugin.models.task_modules.center_maps import CenterDetections
from stal_plugin.registry import MODELS

NMS = {"type": "nms", "iou_threshold": 0.4}
CFG = {"score_thr": 0.05, "all_classes": True, "nms": NMS, "nms_pre": 9}
META = {"scale_factor": (0.5, 2.0), "original_shape": (9, 50)}
BOXES = torch.tensor([[0.0, 0, 10, 10], [0, 1, 10, 10], [20, 4, 30, 30]])


def _found() -> ScoredBoxes:
    """Two clips; in the second nothing is there."""
    objectness = torch.tensor([[0.5, 0.9, 0.8], [0.01, 0.02, 0.0]])
    probs = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.03, 0.97]]).expand(2, -1, -1)
    return ScoredBoxes(BOXES.expand(2, -1, -1), objectness, probs)


def test_boxes() -> None:
    cfg = {**CFG, "max_per_img": 10}
    first, second = apply_rule("boxes", _found(), cfg, [META] * 2, rescale=False)
    # 0.54 suppresses 0.45 of the same class; 0.05 of the other class is too little
    assert first.scores.tolist() == pytest.approx([0.776, 0.54, 0.36])
    assert first.labels.tolist() == [1, 0, 1]
    assert first.objectness.tolist() == pytest.approx([0.8, 0.9, 0.9])
    assert torch.equal(first.bboxes, BOXES[[2, 1, 1]])
    assert len(second) == 0


def test_original_pixels_and_the_border_of_the_frame() -> None:
    cfg = {**CFG, "max_per_img": 1}
    (found,) = apply_rule("boxes", _found(), cfg, [META], rescale=True)
    assert found.bboxes.tolist() == [[40, 2, 50, 9]]  # y 15 and x 60 are outside
    mmdets = {"scale_factor": (0.5, 2.0)}
    (found,) = apply_rule("boxes", _found(), cfg, [mmdets], rescale=True)
    assert found.bboxes.tolist() == [[40, 2, 60, 15]]


@pytest.mark.parametrize(("nms", "kept"), [(None, [0, 1]), (NMS, [0])])
def test_peaks(nms: dict | None, kept: list) -> None:
    scores = torch.tensor([[0.9, 0.5, 0.05]])
    found = CenterDetections(
        BOXES[None],
        scores,
        torch.tensor([[1, 1, 0]]),
        torch.tensor([10.0, 4.0]).expand(1, 3, 2, 2),
        torch.full((1, 3, 2), 0.3),
        scores + 0.01,
    )
    cfg = {"score_thr": 0.05, "nms": nms, "nms_pre": 9, "max_per_img": 5}
    (plain,) = apply_rule("peaks", found, cfg, [META], rescale=False)
    assert torch.equal(plain.bboxes, BOXES[kept])
    assert torch.equal(plain.scores, scores[0, kept])
    assert torch.equal(plain.objectness, scores[0, kept] + 0.01)
    (scaled,) = apply_rule("peaks", found, cfg, [META], rescale=True)
    assert scaled.keypoints[0, 1].tolist() == [20, 2]
    assert scaled.keypoint_scores.shape == (len(kept), 2)


def _heads(**cfg: object) -> tuple[YOLOV3Head, YOLOV3Head]:
    """Ours and mmdet's, two levels."""
    settings = {
        "num_classes": 3,
        "in_channels": [8, 4],
        "out_channels": [8, 4],
        "featmap_strides": [16, 8],
        "anchor_generator": {
            "type": "mmdet.YOLOAnchorGenerator",
            "base_sizes": [[(30, 24), (40, 40)], [(10, 13), (16, 20)]],
            "strides": [16, 8],
        },
        "test_cfg": ConfigDict(cfg),
    }
    kinds = ("stal_plugin.ObjectnessYOLOV3Head", "mmdet.YOLOV3Head")
    ours, theirs = (
        MODELS.build({"_scope_": "mmdet", "type": kind, **copy.deepcopy(settings)})
        for kind in kinds
    )
    return ours, theirs


def _maps(seed: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = [(2, 16, 3, 4), (2, 16, 6, 8)]
    return [torch.randn(shape, generator=generator) for shape in shapes]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"conf_thr": 0.6, "score_thr": 0.5},
        {"nms_pre": 7, "max_per_img": 4},
        {"min_bbox_size": 25},
        {"nms": {"type": "nms", "iou_threshold": 0.2, "class_agnostic": True}},
    ],
)
@pytest.mark.parametrize("rescale", [False, True])
def test_yolov3_is_mmdets(changes: dict, rescale: bool) -> None:
    cfg = {"score_thr": 0.1, "conf_thr": 0.1, "nms_pre": 100, "nms": NMS}
    ours, theirs = _heads(**{**cfg, "max_per_img": 50, **changes})
    metas = [{"scale_factor": (0.5, 1.25)}, {"scale_factor": (1.0, 1.0)}]
    found = ours.predict_by_feat(_maps(3), metas, rescale=rescale)
    expected = theirs.predict_by_feat(_maps(3), metas, rescale=rescale)
    for a, b in zip(found, expected, strict=True):
        assert len(a) == len(b) > 0
        assert torch.allclose(a.bboxes, b.bboxes, atol=1e-4)
        assert torch.allclose(a.scores, b.scores)
        assert torch.equal(a.labels, b.labels)
        assert (a.objectness >= a.scores).all()


def test_names_of_the_heads() -> None:
    from stal_plugin.models.dense_heads import Center3DHead, YOWOHead

    assert ObjectnessYOLOV3Head.detection_rule == "yolov3"
    for head in (YOWOHead, Center3DHead, ObjectnessYOLOV3Head):
        assert DETECTION_RULES[head.detection_rule].output._fields[0] == "boxes"
