import torch
from mmengine.structures import InstanceData

from stal_plugin.models.dense_heads.postprocess import (
    select_detections,
    suppress_detections,
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
    kept = suppress_detections(found, NMS, nms_pre=10, max_per_img=10)
    assert sorted(zip(kept.labels.tolist(), kept.objectness.tolist(), strict=True)) == [
        (0, kept.objectness.max().item()),
        (1, kept.objectness.max().item()),
    ]
    assert kept.scores.tolist() == sorted(kept.scores.tolist(), reverse=True)


def test_class_agnostic_boxes_compete_by_objectness_and_keep_their_classes() -> None:
    probs = torch.tensor([[0.5, 0.4], [0.1, 0.9], [0.9, 0.8]])
    found = select_detections(BOXES, OBJECTNESS, probs, True, 0.05)
    nms = {**NMS, "class_agnostic": True}
    kept = suppress_detections(found, nms, nms_pre=10, max_per_img=10)
    # of the first two boxes, which overlap, the one of the lower score but higher
    # objectness stays, with both classes
    assert torch.allclose(kept.scores, torch.tensor([0.45, 0.36, 0.09, 0.08]))
    assert kept.labels.tolist() == [0, 1, 0, 1]
    assert kept.bboxes[:, 0].tolist() == [0, 0, 20, 20]
    assert kept.bboxes[:2, 3].tolist() == [10, 10]
    best = suppress_detections(found, nms, nms_pre=10, max_per_img=1)
    assert torch.equal(best.bboxes, kept.bboxes[:1])
    assert nms == {**NMS, "class_agnostic": True}


def test_limits() -> None:
    found = InstanceData(
        bboxes=torch.arange(10).float()[:, None] * 100 + BOXES[:1],
        scores=torch.arange(10).float() / 10,
        labels=torch.zeros(10, dtype=torch.long),
    )
    kept = suppress_detections(found, NMS, nms_pre=5, max_per_img=3)
    assert torch.allclose(kept.scores, torch.tensor([0.9, 0.8, 0.7]))
    assert len(suppress_detections(found[:0], NMS, 5, 3)) == 0


def test_back_to_the_frame() -> None:
    boxes = torch.tensor([[-5.0, 10.0, 112.0, 200.0]])
    out = to_original_pixels(boxes, torch.tensor([0.5, 2.0]), (90, 160))
    assert out.tolist() == [[0.0, 5.0, 160.0, 90.0]]


def test_weak_boxes_are_left_out_only_if_they_change_nothing() -> None:
    rng = torch.Generator().manual_seed(0)
    for spread in (1.0, 30.0):  # nearly all are suppressed, or few
        corner = torch.rand(400, 2, generator=rng) * spread
        found = InstanceData(
            bboxes=torch.cat([corner, corner + 5], dim=1),
            scores=torch.rand(400, generator=rng),
            labels=torch.arange(400) % 3,
        )
        whole = suppress_detections(found, NMS, nms_pre=400, max_per_img=400)
        for limit in (1, 5, 20, 100):
            best = suppress_detections(found, NMS, nms_pre=400, max_per_img=limit)
            assert torch.equal(best.scores, whole.scores[:limit])
            assert torch.equal(best.bboxes, whole.bboxes[:limit])
