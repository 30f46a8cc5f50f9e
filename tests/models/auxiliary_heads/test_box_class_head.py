import pytest
import torch
from mmengine.structures import BaseDataElement, InstanceData
from torch.nn import functional as F

from stal_plugin.models.auxiliary_heads.box_class_head import (
    BoxClassHead,
    jittered_boxes,
)


def sample(boxes: list, labels: list) -> BaseDataElement:
    found = BaseDataElement(metainfo={"img_shape": (32, 64)})
    found.gt_instances = InstanceData(
        bboxes=torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        labels=torch.tensor(labels, dtype=torch.long),
    )
    return found


def ramp_head() -> BoxClassHead:
    """A head that passes the samples of a one-channel map on as logits."""
    head = BoxClassHead(num_classes=9, in_channels=1, channels=9, jitter=0)
    for layer in (head.hidden[0], head.fc_cls):
        layer.weight.data = torch.eye(9)
        layer.bias.data.zero_()
    return head


def test_a_box_is_seen_at_three_times_three_points() -> None:
    # values are the x of the middle of a cell: the map is linear in x
    column = torch.arange(8) * 8 + 4.0
    maps = column.expand(1, 1, 4, 8)
    box = torch.tensor([12 / 64, 8 / 32, 36 / 64, 24 / 32])
    points = ramp_head()(maps, box.view(1, 1, 4))
    assert points.view(3, 3).tolist() == [[16.0, 24.0, 32.0]] * 3


def test_loss_is_the_cross_entropy_over_boxes_per_clip() -> None:
    torch.manual_seed(0)
    maps = (torch.rand(2, 5, 4, 8), torch.rand(2, 3, 4, 8))
    head = BoxClassHead(num_classes=4, in_channels=3, jitter=0)
    samples = [
        sample([[0, 0, 20, 20], [8, 8, 60, 30]], [1, 3]),
        sample([[30, 4, 50, 28]], [0]),
    ]
    limit = torch.tensor([64.0, 32, 64, 32])
    shares = [s.gt_instances.bboxes / limit for s in samples]
    logits = torch.cat([head(maps[1][i : i + 1], shares[i][None])[0] for i in range(2)])
    wanted = F.cross_entropy(logits, torch.tensor([1, 3, 0]), reduction="sum") / 2
    assert head.loss(maps, samples)["loss_aux_cls"].item() == pytest.approx(
        wanted.item()
    )


def test_several_labels_per_box() -> None:
    torch.manual_seed(0)
    maps = (torch.rand(1, 3, 4, 8),)
    head = BoxClassHead(
        num_classes=2,
        in_channels=3,
        jitter=0,
        loss_cls={
            "type": "mmdet.CrossEntropyLoss",
            "use_sigmoid": True,
            "loss_weight": 2.0,
        },
    )
    samples = [sample([[0, 0, 20, 20]], [[1, 1]])]
    shares = samples[0].gt_instances.bboxes / torch.tensor([64.0, 32, 64, 32])
    logits = head(maps[0], shares[None])
    wanted = 2 * F.softplus(-logits).sum()
    assert head.loss(maps, samples)["loss_aux_cls"].item() == pytest.approx(
        wanted.item()
    )


def test_the_gradient_reaches_the_map_inside_of_the_boxes_only() -> None:
    torch.manual_seed(0)
    maps = torch.rand(1, 3, 4, 8, requires_grad=True)
    head = BoxClassHead(num_classes=4, in_channels=3, jitter=0.1)
    head.loss((maps,), [sample([[0, 0, 24, 24]], [2])])["loss_aux_cls"].backward()
    per_cell = maps.grad.abs().sum(dim=(0, 1))
    assert (per_cell[:3, :3] > 0).all()
    assert (per_cell[:, 5:] == 0).all()


def test_no_boxes_give_no_loss_but_a_gradient_for_every_layer() -> None:
    head = BoxClassHead(num_classes=4, in_channels=3)
    maps = (torch.rand(2, 3, 4, 8),)
    loss = head.loss(maps, [sample([], []), sample([], [])])["loss_aux_cls"]
    loss.backward()
    assert loss.item() == 0
    assert all((p.grad == 0).all() for p in head.parameters())


def test_jitter_moves_borders_by_a_share_of_the_size() -> None:
    boxes = torch.tensor([[10.0, 20.0, 30.0, 60.0]]).repeat(2000, 1)
    moved = (jittered_boxes(boxes, 0.1) - boxes) / torch.tensor([20.0, 40.0, 20, 40])
    assert moved.abs().max() <= 0.1 + 1e-6
    assert moved.min(dim=0).values.max() < -0.095
    assert moved.max(dim=0).values.min() > 0.095
    assert moved.mean(dim=0).abs().max() < 0.01


def test_jitter_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"jitter=0.5 must be in \[0, 0.5\)"):
        BoxClassHead(num_classes=4, in_channels=3, jitter=0.5)
