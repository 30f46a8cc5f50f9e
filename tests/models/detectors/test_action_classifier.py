import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stal_plugin.models.detectors import ActionClassifier
from stal_plugin.models.roi_align import roi_align
from stal_plugin.registry import MODELS

IMAGE = (32, 32)
BOXES = [torch.tensor([[0.0, 0, 12, 30], [18.0, 2, 31, 31]]), torch.zeros(0, 4)]
BOXES.append(torch.tensor([[4.0, 4, 20, 20]]))
LABELS = [torch.tensor([0, 2]), torch.zeros(0).long(), torch.tensor([1])]
CE = {"type": "mmdet.CrossEntropyLoss"}


class _Passing(nn.Module):
    """A backbone that hands its input on."""

    def forward(self, x: Tensor) -> tuple[Tensor]:
        return (x,)


@pytest.fixture(autouse=True)
def _backbone() -> None:
    MODELS.register_module("PassingForTest", module=_Passing, force=True)


def _classifier(**kwargs: object) -> ActionClassifier:
    config = {
        "backbone": {"type": "stal_plugin.PassingForTest"},
        "num_classes": 3,
        "in_channels": 4,
        "loss_cls": CE,
    }
    return ActionClassifier(**{**config, **kwargs})


def test_boxes_of_a_clip_share_their_classes() -> None:
    net = _classifier(pool_size=2)
    volume = torch.randn(3, 4, 5, 8, 8)
    logits = net(volume, BOXES, IMAGE)
    assert logits.shape == (3, 3)
    assert torch.equal(logits[0], logits[1])
    pooled = F.adaptive_avg_pool2d(volume.mean(2), 2).flatten(1)
    assert torch.allclose(logits[[0, 2]], net.fc_cls(pooled)[[0, 2]])


def test_each_actor_has_its_own_classes() -> None:
    net = _classifier(per="actor", pool_size=2)
    volume = torch.randn(3, 4, 5, 8, 8)
    logits = net(volume, BOXES, IMAGE)
    parts = roi_align(volume.mean(2), BOXES, IMAGE, 2)
    assert torch.allclose(logits, net.fc_cls(parts.flatten(1)))
    # what happens outside of the box of the second actor does not matter to it
    changed = volume.clone()
    changed[0, :, :, :, :3] += 1
    others = net(changed, BOXES, IMAGE)
    assert not torch.allclose(others[0], logits[0])
    assert torch.allclose(others[1], logits[1])


@pytest.mark.parametrize("per", ["clip", "actor"])
def test_loss_is_the_mean_over_boxes(per: str) -> None:
    net = _classifier(per=per)
    volume = torch.randn(3, 4, 5, 8, 8)
    loss = net.loss(volume, BOXES, LABELS, IMAGE)["loss_cls"]
    logits = net(volume, BOXES, IMAGE)
    expected = F.cross_entropy(logits, torch.tensor([0, 2, 1]))
    assert torch.allclose(loss, expected)


@pytest.mark.parametrize("per", ["clip", "actor"])
def test_clips_without_boxes_teach_nothing_but_keep_the_graph(per: str) -> None:
    net = _classifier(per=per)
    none = [torch.zeros(0, 4)] * 2
    labels = [torch.zeros(0).long()] * 2
    loss = net.loss(torch.randn(2, 4, 5, 8, 8), none, labels, IMAGE)["loss_cls"]
    assert loss == 0
    loss.backward()
    assert all(p.grad is not None and not p.grad.any() for p in net.parameters())
    empty = net.predict(torch.randn(2, 4, 5, 8, 8), none, IMAGE)
    assert [tuple(p.shape) for p in empty] == [(0, 3)] * 2


def test_probabilities_come_per_clip() -> None:
    volume = torch.randn(3, 4, 5, 8, 8)
    probs = _classifier().predict(volume, BOXES, IMAGE)
    assert [len(p) for p in probs] == [2, 0, 1]
    assert torch.allclose(probs[0].sum(1), torch.ones(2))
    enf = {"type": "stal_plugin.ENFLoss", "num_classes": 3, "beta": 0.0}
    with pytest.raises(ValueError, match="set multilabel=False"):
        _classifier(loss_cls=enf, multilabel=True)
    enf["activation"] = "sigmoid"
    net = _classifier(loss_cls=enf, multilabel=True)
    logits = net(volume, BOXES, IMAGE)
    probs = net.predict(volume, BOXES, IMAGE)
    assert torch.allclose(probs[2], logits[2:].sigmoid())
    hot = [torch.eye(3)[labels] for labels in LABELS]
    loss = net.loss(volume, BOXES, hot, IMAGE)["loss_cls"]
    assert torch.allclose(loss, net.loss_cls(logits, torch.tensor([0, 2, 1])))


def test_initial_classes_are_nearly_equal_and_arguments_are_checked() -> None:
    net = _classifier()
    net.init_weights()
    probs = net.predict(torch.randn(3, 4, 5, 8, 8), BOXES, IMAGE)
    assert torch.allclose(probs[0], torch.full((2, 3), 1 / 3), atol=0.02)
    with pytest.raises(ValueError, match="got 'frame'"):
        _classifier(per="frame")
