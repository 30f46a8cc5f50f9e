import pytest
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.engine.checkpoints.class_layer import ClassLayer, class_layers
from stal_plugin.models.dense_heads import DecoupledYOWOHead, YOWOHead

SETTINGS = {
    "num_classes": 3,
    "in_channels": 4,
    "prior_generator": {
        "type": "mmdet.YOLOAnchorGenerator",
        "strides": [32],
        "base_sizes": [[(20.0, 24.0), (50.0, 40.0)]],
    },
    "loss_bbox": {"type": "mmdet.CIoULoss"},
    "loss_obj": {"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
    "loss_cls": {"type": "stal_plugin.ENFLoss", "num_classes": 3, "beta": 0.0},
    "prior_prob": 0.01,
}
META = {"img_shape": (96, 96), "scale_factor": (1, 1), "original_shape": (96, 96)}


def _head(**kwargs: object) -> DecoupledYOWOHead:
    torch.manual_seed(0)
    return DecoupledYOWOHead(cls_in_channels=6, **{**SETTINGS, **kwargs})


def _maps(batch: int = 1) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    shapes = ((batch, 4, 3, 3), (batch, 6, 3, 3))
    first, second = (torch.rand(shape, requires_grad=True) for shape in shapes)
    return first, second


def _truth() -> list[InstanceData]:
    boxes = torch.tensor([[10.0, 10, 60, 50], [40, 40, 90, 90]])
    return [InstanceData(bboxes=boxes, labels=torch.tensor([1, 2]))]


def test_the_raw_map_has_the_order_of_yowo_head() -> None:
    head = _head().eval()
    fused, motion = _maps()
    raw = head((fused, motion))[0]
    assert raw.shape == (1, 2 * (5 + 3), 3, 3)
    anchors = raw.view(1, 2, 8, 3, 3)
    boxes = head.conv_pred(fused).view(1, 2, 5, 3, 3)
    assert torch.equal(anchors[:, :, :5], boxes)
    classes = head.class_branch(motion)
    assert torch.equal(anchors[:, 0, 5:], classes)
    assert torch.equal(anchors[:, 1, 5:], classes)


@pytest.mark.parametrize(("loss", "seen"), [("loss_cls", 1), ("loss_bbox", 0)])
def test_classes_teach_one_map_boxes_the_other(loss: str, seen: int) -> None:
    head = _head()
    head.init_weights()
    maps = _maps()
    losses = head.loss_by_feat(*head(maps), _truth(), [META])
    losses[loss].backward()
    assert maps[seen].grad is not None
    assert maps[seen].grad.abs().max() > 0
    other = maps[1 - seen].grad
    assert other is None or other.abs().max() == 0


def test_objectness_starts_at_prior_prob() -> None:
    head = _head(prior_prob=0.05)
    head.init_weights()
    raw = head(tuple(torch.zeros_like(m) for m in _maps()))[0].view(1, 2, 8, 3, 3)
    assert torch.allclose(raw[:, :, 4].sigmoid(), torch.tensor(0.05))


def test_detections_are_those_of_yowo_head_with_the_same_map() -> None:
    head, plain = _head().eval(), YOWOHead(**SETTINGS)
    raw = head(_maps())
    found = head.predict_by_feat(*raw, [META])[0]
    wanted = plain.predict_by_feat(*raw, [META])[0]
    assert len(found) > 0
    for key in ("bboxes", "scores", "labels"):
        assert torch.equal(found[key], wanted[key])


def test_fine_tuning_knows_the_layer_of_the_classes() -> None:
    layers = class_layers(_head(), 3)
    assert layers == {"class_branch.conv_cls": ClassLayer(1)}
