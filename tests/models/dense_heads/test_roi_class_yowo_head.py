import pytest
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.engine.checkpoints.class_layer import ClassLayer, class_layers
from stal_plugin.models.dense_heads import RoIClassYOWOHead, YOWOHead
from stal_plugin.models.roi_align import plain_roi_align
from stal_plugin.registry import MODELS

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


def _head(**kwargs: object) -> RoIClassYOWOHead:
    torch.manual_seed(0)
    return RoIClassYOWOHead(cls_in_channels=6, **{**SETTINGS, **kwargs})


def _maps(batch: int = 1) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    shapes = ((batch, 4, 3, 3), (batch, 6, 3, 3))
    first, second = (torch.rand(shape, requires_grad=True) for shape in shapes)
    return first, second


def _truth() -> list[InstanceData]:
    boxes = torch.tensor([[10.0, 10, 60, 50], [40, 40, 90, 90]])
    return [InstanceData(bboxes=boxes, labels=torch.tensor([1, 2]))]


def test_boxes_and_objectness_are_those_of_yowo_head() -> None:
    head = _head().eval()
    fused, motion = _maps()
    raw, passed = head((fused, motion))
    assert passed is motion
    assert raw.shape == (1, 2 * 5, 3, 3)
    plain = YOWOHead(**SETTINGS)
    padded = torch.zeros(1, 2, 8, 3, 3)
    padded[:, :, :5] = raw.view(1, 2, 5, 3, 3)
    wanted = plain.decode(padded.flatten(1, 2))
    found = head.decode(raw, passed)
    assert torch.equal(found.boxes, wanted.boxes)
    assert torch.equal(found.objectness, wanted.objectness)


def test_each_box_has_the_classes_of_the_map_inside_of_it() -> None:
    head = _head().eval()
    fused, motion = _maps()
    decoded = head.decode(*head((fused, motion)))
    assert decoded.class_probs.shape == (1, 18, 3)
    for prior in (0, 7, 17):
        box = decoded.boxes[0, prior]
        parts = plain_roi_align(motion, [box[None] / 96], 3, 1)
        inner = head.class_head
        logits = inner.fc_cls(inner.hidden(parts.flatten(1)))
        assert torch.allclose(decoded.class_probs[0, prior], logits.softmax(-1)[0])


def test_class_loss_is_enf_loss_in_the_ground_truth_boxes() -> None:
    head = _head(jitter=0, train_cfg={"scales": {"cls": 2.0}})
    maps, truth = _maps(), _truth()
    losses = head.loss_by_feat(*head(maps), truth, [META])
    logits = head.class_head(maps[1], truth[0].bboxes[None] / 96)[0]
    loss = MODELS.build(SETTINGS["loss_cls"])
    wanted = 2 * loss(logits, truth[0].labels, reduction_override="sum")
    assert torch.allclose(losses["loss_cls"], wanted)


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
    raw, _ = head(tuple(torch.zeros_like(m) for m in _maps()))
    assert torch.allclose(raw.view(2, 5, 3, 3)[:, 4].sigmoid(), torch.tensor(0.05))


def test_the_class_loss_is_there_once() -> None:
    names = [name for name, _ in _head().named_modules() if name.endswith("loss_cls")]
    assert names == ["class_head.loss_cls"]


def test_fine_tuning_knows_the_layer_of_the_classes() -> None:
    assert class_layers(_head(), 3)["class_head.fc_cls"] == ClassLayer(1)
