import math

import pytest
import torch
from mmdet.models.losses import GaussianFocalLoss, L1Loss

from stal_plugin.models.dense_heads.center_losses import center_losses
from stal_plugin.models.task_modules import CenterCodec
from stal_plugin.models.task_modules.center_maps import CenterMaps
from stal_plugin.models.task_modules.keypoint_snapping import box_keypoints

SIZE = (6, 8)
BOXES = [
    torch.tensor([[2.0, 3.0, 20.0, 17.0], [2.0, 3.0, 20.0, 16.0]]),
    torch.tensor([[8.0, 4.0, 31.0, 23.0]]),
]
LABELS = [torch.tensor([0, 1]), torch.tensor([1])]
HEATMAP_LOSS, LENGTH_LOSS = GaussianFocalLoss(), L1Loss()


def _maps(num_keypoints: int = 9) -> CenterMaps:
    channels = (2, 2, 2, 2 * num_keypoints, num_keypoints, 2)
    return CenterMaps(*(torch.randn(2, c, *SIZE, requires_grad=True) for c in channels))


def _focal(logits: torch.Tensor, wanted: torch.Tensor) -> float:
    """CenterNet's equation 1, cell by cell."""
    total, centres = 0.0, 0
    for x, y in zip(logits.flatten().tolist(), wanted.flatten().tolist(), strict=True):
        p = 1 / (1 + math.exp(-x))
        if y == 1:
            centres += 1
            total -= (1 - p) ** 2 * math.log(p)
        else:
            total -= (1 - y) ** 4 * p**2 * math.log(1 - p)
    return total / max(centres, 1)


def test_losses_by_hand() -> None:
    points = [box_keypoints(b) for b in BOXES]
    seen = [torch.ones(2, 9), torch.ones(1, 9)]
    seen[0][0, 3] = 0
    targets = CenterCodec(4).encode(BOXES, LABELS, 2, SIZE, points, seen)
    maps = _maps()
    losses = center_losses(maps, targets, HEATMAP_LOSS, LENGTH_LOSS)
    pose = targets.keypoints
    expected = {
        "heatmap": _focal(maps.heatmap, targets.heatmap),
        "keypoint_heatmap": _focal(maps.keypoint_heatmap, pose.heatmap),
    }
    # Both boxes of the first clip share the cell (2, 2): both count.
    distance = {"wh": 0.0, "offset": 0.0, "keypoint_offset": 0.0}
    for n, (clip, x, y) in enumerate([(0, 2, 2), (0, 2, 2), (1, 4, 3)]):
        box = torch.cat(BOXES)[n] / 4
        at = (clip, slice(None), y, x)
        size = torch.stack([box[2] - box[0], box[3] - box[1]])
        centre = torch.stack([box[0] + box[2], box[1] + box[3]]) / 2
        cell = torch.tensor([x, y])
        distance["wh"] += (maps.wh[at] - size).abs().sum()
        distance["offset"] += (maps.offset[at] - centre + cell).abs().sum()
        wanted = torch.cat(points)[n] / 4 - cell
        off = (maps.keypoint_offset[at].view(9, 2) - wanted).abs().sum(1)
        distance["keypoint_offset"] += (off * torch.cat(seen)[n]).sum()
    expected["wh"] = distance["wh"].item() / 6
    expected["offset"] = distance["offset"].item() / 6
    expected["keypoint_offset"] = distance["keypoint_offset"].item() / (2 * 26)
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value, rel=1e-4), name
    places = [
        (int(c), int(i) // 8, int(i) % 8) for c, i in zip(*pose[3:5], strict=True)
    ]
    error = 0.0
    for (clip, y, x), wanted in zip(places, pose.cell_offset, strict=True):
        error += (maps.keypoint_cell_offset[clip, :, y, x] - wanted).abs().sum()
    assert len(places) == 26
    assert torch.allclose(losses["keypoint_cell_offset"], error / 52)


def test_without_boxes_only_heatmaps_are_taught() -> None:
    none = [torch.zeros(0, 4)] * 2
    targets = CenterCodec(4).encode(
        none, [torch.zeros(0).long()] * 2, 2, SIZE, [box_keypoints(b) for b in none]
    )
    maps = _maps()
    losses = center_losses(maps, targets, HEATMAP_LOSS, LENGTH_LOSS)
    assert {k for k, v in losses.items() if v > 0} == {"heatmap", "keypoint_heatmap"}
    sum(losses.values()).backward()
    assert all(m.grad is not None for m in maps)
    assert maps.wh.grad.abs().sum() == 0


def test_half_precision_maps_give_finite_losses() -> None:
    maps = CenterMaps(*(m.detach().half() * 20 for m in _maps()))
    targets = CenterCodec(4).encode(
        BOXES, LABELS, 2, SIZE, [box_keypoints(b) for b in BOXES]
    )
    losses = center_losses(maps, targets, HEATMAP_LOSS, LENGTH_LOSS)
    assert all(torch.isfinite(v) for v in losses.values())
    # mmdet's loss alone is not: 1e-12 is 0 in half precision.
    raw = HEATMAP_LOSS(maps.heatmap.sigmoid(), targets.heatmap.half())
    assert not torch.isfinite(raw)
