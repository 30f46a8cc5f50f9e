import torch
from mmengine.structures import InstanceData

from stal_plugin.models.dense_heads.postprocess import (
    class_aware_nms,
    select_detections,
    to_original_pixels,
)

BOXES = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]])
OBJECTNESS = torch.tensor([0.9, 0.8, 0.1])
PROBS = torch.tensor([[0.9, 0.6], [0.5, 0.4], [0.2, 0.3]])
NMS = {"type": "nms", "iou_threshold": 0.4}


def test_single_label_keeps_the_best_class() -> None:
    found = select_detections(BOXES, OBJECTNESS, PROBS, False, 0.05)
    assert torch.allclose(found.scores, torch.tensor([0.81, 0.40]))
    assert found.labels.tolist() == [0, 0]
    assert torch.equal(found.objectness, OBJECTNESS[:2])


def test_multilabel_keeps_every_class_that_scores() -> None:
    found = select_detections(BOXES, OBJECTNESS, PROBS, True, 0.05)
    assert found.labels.tolist() == [0, 1, 0, 1]
    assert torch.allclose(found.scores, torch.tensor([0.81, 0.54, 0.40, 0.32]))
    assert torch.equal(found.bboxes[0], found.bboxes[1])


def test_nms_suppresses_within_a_class_only() -> None:
    found = select_detections(BOXES, OBJECTNESS, PROBS, True, 0.05)
    kept = class_aware_nms(found, NMS, nms_pre=10, max_per_img=10)
    assert sorted(zip(kept.labels.tolist(), kept.objectness.tolist(), strict=True)) == [
        (0, kept.objectness.max().item()),
        (1, kept.objectness.max().item()),
    ]
    assert kept.scores.tolist() == sorted(kept.scores.tolist(), reverse=True)


def test_limits() -> None:
    found = InstanceData(
        bboxes=torch.arange(10).float()[:, None] * 100 + BOXES[:1],
        scores=torch.arange(10).float() / 10,
        labels=torch.zeros(10, dtype=torch.long),
    )
    kept = class_aware_nms(found, NMS, nms_pre=5, max_per_img=3)
    assert torch.allclose(kept.scores, torch.tensor([0.9, 0.8, 0.7]))
    assert len(class_aware_nms(found[:0], NMS, 5, 3)) == 0


def test_back_to_the_frame() -> None:
    boxes = torch.tensor([[-5.0, 10.0, 112.0, 200.0]])
    out = to_original_pixels(boxes, torch.tensor([0.5, 2.0]), (90, 160))
    assert out.tolist() == [[0.0, 5.0, 160.0, 90.0]]
