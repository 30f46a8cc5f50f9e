import math

import pytest
import torch
from torch import Tensor

from stal_plugin.models import roi_align as module
from stal_plugin.models.roi_align import roi_align

IMAGE = (32, 48)


@pytest.fixture(params=["plain", "torchvision"], autouse=True)
def _operator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with torchvision's operator and without it."""
    if request.param == "plain":
        monkeypatch.setattr(module, "torchvision_roi_align", None)
    elif module.torchvision_roi_align is None:
        pytest.skip("torchvision is not installed")


def _bilinear(plane: Tensor, x: float, y: float) -> float:
    """Value at (x, y) in cells; a cell's value is at its middle."""
    height, width = plane.shape
    x = min(max(x - 0.5, 0), width - 1)
    y = min(max(y - 0.5, 0), height - 1)
    left, top = math.floor(x), math.floor(y)
    total = 0.0
    for row, wy in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, wx in ((left, 1 - (x - left)), (left + 1, x - left)):
            if wx * wy > 0:
                total += wx * wy * plane[row, column].item()
    return total


def _reference(plane: Tensor, box: list[float], size: int, samples: int) -> Tensor:
    """RoIAlign, sample by sample."""
    step_x, step_y = IMAGE[1] / plane.shape[1], IMAGE[0] / plane.shape[0]
    x1, y1, x2, y2 = box[0] / step_x, box[1] / step_y, box[2] / step_x, box[3] / step_y
    part_w, part_h = (x2 - x1) / size, (y2 - y1) / size
    out = torch.zeros(size, size)
    for i in range(size):
        for j in range(size):
            for a in range(samples):
                for b in range(samples):
                    x = x1 + part_w * (j + (b + 0.5) / samples)
                    y = y1 + part_h * (i + (a + 0.5) / samples)
                    out[i, j] += _bilinear(plane, x, y) / samples**2
    return out


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_equals_roi_align_sample_by_sample(samples: int) -> None:
    features = torch.randn(3, 2, 8, 6)
    boxes = [
        torch.tensor([[1.0, 2.0, 20.0, 31.0], [10.5, 0.0, 48.0, 9.0]]),
        torch.zeros(0, 4),
        torch.tensor([[-3.0, 5.0, 7.0, 40.0]]),
    ]
    parts = roi_align(features, boxes, IMAGE, 3, samples)
    assert parts.shape == (3, 2, 3, 3)
    for n, (clip, row) in enumerate([(0, 0), (0, 1), (2, 0)]):
        for channel in range(2):
            expected = _reference(
                features[clip, channel], boxes[clip][row].tolist(), 3, samples
            )
            assert torch.allclose(parts[n, channel], expected, atol=1e-5)


def test_by_hand() -> None:
    # Value of a cell: its column. Inside, the map is x - 1/2 in cells of 8 pixels.
    features = torch.arange(6.0).expand(1, 1, 4, 6).contiguous()
    box = [torch.tensor([[8.0, 8.0, 24.0, 24.0]])]
    parts = roi_align(features, box, IMAGE, 2)
    assert torch.allclose(parts[0, 0], torch.tensor([[1.0, 2.0], [1.0, 2.0]]))


def test_gradient_reaches_the_box_only() -> None:
    features = torch.zeros(2, 1, 4, 6, requires_grad=True)
    boxes = [torch.zeros(0, 4), torch.tensor([[16.0, 8.0, 32.0, 24.0]])]
    roi_align(features, boxes, IMAGE, 1, 2).sum().backward()
    assert features.grad[0].sum() == 0
    assert features.grad.sum() == pytest.approx(1)
    assert features.grad[1, 0, 1:3, 2:4].sum() == pytest.approx(1)


def test_no_boxes_at_all_keep_the_graph() -> None:
    features = torch.randn(2, 5, 4, 6, requires_grad=True)
    parts = roi_align(features, [torch.zeros(0, 4)] * 2, IMAGE, 3)
    assert parts.shape == (0, 5, 3, 3)
    parts.sum().backward()
    assert features.grad.abs().sum() == 0


def test_torchvision_and_plain_torch_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    features = torch.randn(4, 3, 7, 9, dtype=torch.double, requires_grad=True)
    corners = torch.rand(4, 20, 2, 2) * torch.tensor([IMAGE[1], IMAGE[0]])
    boxes = list(torch.cat([corners.amin(2), corners.amax(2)], dim=-1))
    boxes[2] = boxes[2][:0]
    boxes[3] = torch.tensor([[0.0, 0.0, IMAGE[1], IMAGE[0]], [5.0, 5.0, 5.0, 5.0]])
    weights = torch.randn(42, 3, 4, 4)
    results = []
    for operator in (module.torchvision_roi_align, None):
        monkeypatch.setattr(module, "torchvision_roi_align", operator)
        parts = roi_align(features, boxes, IMAGE, 4)
        (gradient,) = torch.autograd.grad((parts * weights).sum(), features)
        results.append((parts, gradient))
    assert results[0][0].shape == (42, 3, 4, 4)
    for first, second in zip(*results, strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-5)
