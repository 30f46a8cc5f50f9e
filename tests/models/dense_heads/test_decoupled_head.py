"""The head against losses by hand and mmdet's own decoding."""

import math
from typing import Any

import pytest
import torch
from mmdet.models.dense_heads import YOLOXHead
from mmdet.structures.bbox import bbox_overlaps
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads.decoupled_head import DecoupledHead
from stal_plugin.registry import MODELS

META = {
    "img_shape": (64, 64),
    "scale_factor": (0.5, 0.75),
    "original_shape": (80, 120),
}


def _head(**kwargs: Any) -> DecoupledHead:
    torch.manual_seed(0)
    config: dict = {
        "type": "stal_plugin.DecoupledHead",
        "num_classes": 3,
        "in_channels": 4,
        "feat_channels": 4,
        "strides": (16, 32),
        "loss_bbox": {"type": "mmdet.GIoULoss", "loss_weight": 2.0},
        "loss_obj": {"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
        "loss_cls": {"type": "stal_plugin.ENFLoss", "num_classes": 3, "beta": 0.0},
    }
    head = MODELS.build({**config, **kwargs})
    head.init_weights()
    return head


def _maps(seed: int = 1) -> tuple[list[Tensor], ...]:
    torch.manual_seed(seed)
    sizes = (4, 2)
    return tuple([0.5 * torch.randn(2, n, s, s) for s in sizes] for n in (3, 4, 1))


def _truth(labels: list) -> InstanceData:
    boxes = torch.tensor([[4.0, 6, 30, 44], [28, 20, 60, 60]])
    return InstanceData(bboxes=boxes[: len(labels)], labels=torch.tensor(labels))


def _box(maps: tuple, level: int, row: int, column: int, clip: int) -> list[float]:
    """A point's box: its corner of the cell, moved, and a size in cells."""
    stride = (16, 32)[level]
    dx, dy, w, h = maps[1][level][clip, :, row, column].tolist()
    x, y = (column + dx) * stride, (row + dy) * stride
    w, h = math.exp(w) * stride, math.exp(h) * stride
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]


def test_what_is_decoded_by_hand() -> None:
    head, maps = _head(), _maps()
    decoded = head.decode(*maps)
    assert decoded.boxes.shape == (2, 20, 4)
    for index, place in {6: (0, 1, 2), 18: (1, 1, 0)}.items():
        expected = _box(maps, *place, clip=1)
        assert decoded.boxes[1, index].tolist() == pytest.approx(expected, abs=1e-4)
        level, row, column = place
        logits = maps[0][level][1, :, row, column]
        torch.testing.assert_close(decoded.class_probs[1, index], logits.softmax(0))
        objectness = maps[2][level][1, 0, row, column].sigmoid()
        torch.testing.assert_close(decoded.objectness[1, index], objectness)


def test_losses_by_hand() -> None:
    head, maps = _head(), _maps()
    truths = [_truth([2, 0]), _truth([])]
    truths[1].labels = truths[1].labels.long()
    losses = head.loss_by_feat(*maps, truths, [META] * 2)
    decoded = head.decode(*maps)
    points, boxes, labels = head._assigned(_rows(head, maps), 0, truths[0])
    assert 2 <= len(points) < 20
    assert {0, 2} == set(labels.tolist())
    overlaps = bbox_overlaps(decoded.boxes[0][points], boxes, is_aligned=True)
    target = torch.zeros(2, 20)
    target[0, points] = overlaps
    p = decoded.objectness
    cross_entropy = -(target * p.log() + (1 - target) * (1 - p).log())
    count = len(points)
    torch.testing.assert_close(losses["loss_obj"], cross_entropy.sum() / count)
    own = decoded.class_probs[0, points].gather(1, labels[:, None])
    focal = -((1 - own) ** 2 * own.log()).sum() / count
    torch.testing.assert_close(losses["loss_cls"], focal)
    giou = bbox_overlaps(decoded.boxes[0][points], boxes, "giou", is_aligned=True)
    torch.testing.assert_close(losses["loss_bbox"], 2 * (1 - giou).sum() / count)


def _rows(head: DecoupledHead, maps: tuple) -> Any:
    from stal_plugin.models.dense_heads.decoding import yolox_rows

    return yolox_rows(head, *maps[1:])


def test_points_are_inside_an_actor_and_classes_do_not_choose_them() -> None:
    head, maps = _head(), _maps()
    truth = _truth([2, 0])
    points, _, _ = head._assigned(_rows(head, maps), 0, truth)
    for index in points.tolist():
        stride, cell = (16, index) if index < 16 else (32, index - 16)
        side = 64 // stride
        x, y = ((cell % side) + 0.5) * stride, ((cell // side) + 0.5) * stride
        # of any: the assigner may give the point of one to another that is near
        assert any(a < x < c and b < y < d for a, b, c, d in truth.bboxes.tolist())
    other = ([torch.randn_like(m) for m in maps[0]], *maps[1:])
    again, _, labels = head._assigned(_rows(head, other), 0, _truth([1, 1]))
    assert torch.equal(again, points)
    assert set(labels.tolist()) == {1}


def test_clips_without_actors_teach_objectness_alone() -> None:
    head = _head()
    maps = tuple([m.requires_grad_() for m in level] for level in _maps())
    empty = InstanceData(
        bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long)
    )
    losses = head.loss_by_feat(*maps, [empty, empty], [META] * 2)
    assert losses["loss_bbox"] == losses["loss_cls"] == 0
    sum(losses.values()).backward()
    assert all((m.grad > 0).all() for m in maps[2])
    assert not any(m.grad.any() for m in maps[0])


def test_several_labels_of_an_actor() -> None:
    loss = {"type": "stal_plugin.ENFLoss", "num_classes": 3, "beta": 0.0}
    head = _head(multilabel=True, loss_cls={**loss, "activation": "sigmoid"})
    maps, truth = _maps(), _truth([[1, 1, 0], [0, 0, 1]])
    losses = head.loss_by_feat(*maps, [truth, truth], [META] * 2)
    assert all(torch.isfinite(loss) for loss in losses.values())
    decoded = head.decode(*maps)
    torch.testing.assert_close(
        decoded.class_probs[0, 0], maps[0][0][0, :, 0, 0].sigmoid()
    )
    points, _, labels = head._assigned(_rows(head, maps), 0, truth)
    assert labels.shape == (len(points), 3)
    with pytest.raises(ValueError, match="multilabel=False decodes a softmax"):
        _head(loss_cls={**loss, "activation": "sigmoid"})


def test_boxes_are_those_of_mmdets_head() -> None:
    """Its boxes and objectness, in original pixels, best class first."""
    sigmoid = {"num_classes": 3, "beta": 0.0, "activation": "sigmoid"}
    head = _head(
        multilabel=True,
        loss_cls={"type": "stal_plugin.ENFLoss", **sigmoid},
        test_cfg={"score_thr": 0.0, "nms": {"type": "nms", "iou_threshold": 1.0}},
    )
    from mmengine.config import ConfigDict

    maps = _maps()
    cfg = ConfigDict(head.rule_cfg)
    theirs = YOLOXHead.predict_by_feat(head, *maps, [META] * 2, cfg, rescale=True)
    ours = head.predict_by_feat(*maps, [META] * 2, rescale=True)
    frame = torch.tensor([120.0, 80, 120, 80])
    for their, our in zip(theirs, ours, strict=True):
        best = their[int(their.scores.argmax())]
        torch.testing.assert_close(our.scores[0], best.scores[0])
        expected = best.bboxes[0].clamp(min=0).minimum(frame)
        torch.testing.assert_close(our.bboxes[0], expected)
        assert our.labels[0] == best.labels[0]
        assert len(our) == 60  # every class of every point
