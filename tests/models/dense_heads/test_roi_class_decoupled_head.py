"""Boxes as of the plain head, classes as of the samples in each box."""

from typing import Any

import pytest
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.engine.checkpoints.class_layer import ClassLayer, class_layers
from stal_plugin.models.dense_heads import DecoupledHead, RoIClassDecoupledHead
from stal_plugin.models.roi_align import plain_roi_align
from stal_plugin.registry import MODELS

SETTINGS: dict[str, Any] = {
    "num_classes": 3,
    "in_channels": 4,
    "feat_channels": 4,
    "strides": (16, 32),
    "loss_bbox": {"type": "mmdet.GIoULoss", "loss_weight": 2.0},
    "loss_obj": {"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
    "loss_cls": {"type": "stal_plugin.ENFLoss", "num_classes": 3, "beta": 0.0},
}
META = {"img_shape": (64, 64), "scale_factor": (1, 1), "original_shape": (64, 64)}


def _head(**kwargs: Any) -> RoIClassDecoupledHead:
    torch.manual_seed(0)
    head = RoIClassDecoupledHead(cls_in_channels=6, **{**SETTINGS, **kwargs})
    head.init_weights()
    return head


def _maps() -> tuple[Tensor, ...]:
    torch.manual_seed(1)
    shapes = ((1, 4, 4, 4), (1, 4, 2, 2), (1, 6, 2, 2))
    return tuple(torch.rand(shape, requires_grad=True) for shape in shapes)


def _truth(count: int = 2) -> list[InstanceData]:
    boxes = torch.tensor([[4.0, 6, 30, 44], [28, 20, 60, 60]])
    labels = torch.tensor([1, 2])
    return [InstanceData(bboxes=boxes[:count], labels=labels[:count])]


def test_boxes_and_objectness_are_those_of_the_plain_head() -> None:
    head = _head().eval()
    plain = DecoupledHead(**SETTINGS).eval()
    kept = {k: v for k, v in head.state_dict().items() if not k.startswith("class_")}
    absent = plain.load_state_dict(kept, strict=False)
    assert not absent.unexpected_keys
    assert {name.split(".")[0] for name in absent.missing_keys} == {
        "loss_cls",
        "multi_level_cls_convs",
        "multi_level_conv_cls",
    }
    *levels, motion = _maps()
    wanted = plain.decode(*plain(tuple(levels)))
    outputs = head((*levels, motion))
    assert outputs[2] is motion
    found = head.decode(*outputs)
    assert torch.equal(found.boxes, wanted.boxes)
    assert torch.equal(found.objectness, wanted.objectness)


def test_each_box_has_the_classes_of_the_map_inside_of_it() -> None:
    head, maps = _head().eval(), _maps()
    decoded = head.decode(*head(maps))
    assert decoded.class_probs.shape == (1, 20, 3)
    for point in (0, 6, 18):
        box = decoded.boxes[0, point]
        parts = plain_roi_align(maps[2], [box[None] / 64], 3, 1)
        inner = head.class_head
        logits = inner.fc_cls(inner.hidden(parts.flatten(1)))
        torch.testing.assert_close(decoded.class_probs[0, point], logits.softmax(-1)[0])


def test_losses_are_the_plain_heads_and_the_mean_over_actors() -> None:
    head, maps, truth = _head(jitter=0), _maps(), _truth()
    losses = head.loss_by_feat(*head(maps), truth, [META])
    plain = DecoupledHead(**SETTINGS)
    plain.load_state_dict(
        {k: v for k, v in head.state_dict().items() if not k.startswith("class_")},
        strict=False,
    )
    wanted = plain.loss_by_feat(*plain(maps[:2]), truth, [META])
    for name in ("loss_bbox", "loss_obj"):
        torch.testing.assert_close(losses[name], wanted[name])
    logits = head.class_head(maps[2], truth[0].bboxes[None] / 64)[0]
    loss = MODELS.build(SETTINGS["loss_cls"])
    mean = loss(logits, truth[0].labels, reduction_override="sum") / 2
    torch.testing.assert_close(losses["loss_cls"], mean)


@pytest.mark.parametrize(("loss", "seen"), [("loss_cls", 2), ("loss_bbox", 0)])
def test_classes_teach_the_3d_map_boxes_the_levels(loss: str, seen: int) -> None:
    head, maps = _head(), _maps()
    head.loss_by_feat(*head(maps), _truth(), [META])[loss].backward()
    taught = [m.grad is not None and bool(m.grad.abs().max() > 0) for m in maps]
    assert taught[seen]
    assert taught[2] is (seen == 2)
    assert taught[0] is (seen == 0)


def test_clips_without_actors_teach_objectness_alone() -> None:
    head, maps = _head(), _maps()
    losses = head.loss_by_feat(*head(maps), _truth(0), [META])
    assert losses["loss_bbox"] == losses["loss_cls"] == 0
    assert losses["loss_obj"] > 0
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in head.parameters())


def test_objectness_starts_low() -> None:
    head = _head()
    _, objectness, _ = head(tuple(torch.zeros_like(m) for m in _maps()))
    torch.testing.assert_close(
        objectness[0].sigmoid(), torch.full((1, 1, 4, 4), 0.01), atol=1e-5, rtol=0
    )


def test_fine_tuning_knows_the_layer_of_the_classes() -> None:
    head = _head()
    assert class_layers(head, 3) == {"class_head.fc_cls": ClassLayer(1)}
    names = [name for name, _ in head.named_modules() if name.endswith("loss_cls")]
    assert names == ["class_head.loss_cls"]
