"""mmcv.ops.RoIAlign on mmcv-lite against loops over samples, and torchvision's."""

import math

import numpy as np
import pytest
import torch
from mmcv.ops import RoIAlign

from stal_plugin.compat.import_fixes import is_replacement
from stal_plugin.compat.roi_align import axis_weights
from stal_plugin.models.roi_align import torchvision_roi_align

pytestmark = pytest.mark.skipif(
    not is_replacement("mmcv._ext"), reason="mmcv has compiled operators"
)

# inside, on cells, beyond every side, far outside, wide and flat, without area
BOXES = [
    [0, 3.2, 4.1, 30.7, 22.9],
    [1, 0.0, 0.0, 40.0, 32.0],
    [0, -9.0, -7.5, 12.0, 9.0],
    [1, 30.0, 20.0, 70.0, 60.0],
    [1, 90.0, 90.0, 95.0, 99.0],
    [0, 1.0, 10.0, 39.0, 11.0],
    [1, 8.0, 8.0, 8.0, 8.0],
]


def bilinear(grid, y, x):
    """The field's sample: 0 further than a cell outside, else the nearest inside."""
    height, width = grid.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    down, right = min(top + 1, height - 1), min(left + 1, width - 1)
    fy, fx = y - top, x - left
    upper = grid[top, left] * (1 - fx) + grid[top, right] * fx
    lower = grid[down, left] * (1 - fx) + grid[down, right] * fx
    return upper * (1 - fy) + lower * fy


def reference(features, roi, size, scale, ratio, aligned):
    """One box, part by part and sample by sample."""
    image, *corners = roi
    x1, y1, x2, y2 = (c * scale - (0.5 if aligned else 0) for c in corners)
    width, height = x2 - x1, y2 - y1
    if not aligned:
        width, height = max(width, 1), max(height, 1)
    rows = ratio or math.ceil(height / size[0])
    columns = ratio or math.ceil(width / size[1])
    out = np.zeros((features.shape[1], *size))
    for c, i, j in np.ndindex(*out.shape):
        total = 0.0
        for a in range(rows):
            for b in range(columns):
                y = y1 + (i + (a + 0.5) / rows) * height / size[0]
                x = x1 + (j + (b + 0.5) / columns) * width / size[1]
                total += bilinear(features[int(image), c], y, x)
        out[c, i, j] = total / max(rows * columns, 1)
    return out


def features():
    return torch.rand(2, 3, 8, 10, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 1, 2])
@pytest.mark.parametrize(("size", "scale"), [((3, 2), 0.25), ((4, 4), 1 / 8)])
def test_equals_loops_over_samples(aligned, ratio, size, scale):
    layer = RoIAlign(size, scale, sampling_ratio=ratio, aligned=aligned)
    out = layer(features(), torch.tensor(BOXES))
    assert out.shape == (len(BOXES), 3, *size)
    for box, parts in zip(BOXES, out.numpy(), strict=True):
        expected = reference(features().numpy(), box, size, scale, ratio, aligned)
        np.testing.assert_allclose(parts, expected, atol=2e-6)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 2])
def test_gradient_is_that_of_the_forward_pass(aligned, ratio):
    # the operator is linear in the map: <g, A x> = <A^T g, x> for every x
    layer = RoIAlign((3, 2), 0.25, sampling_ratio=ratio, aligned=aligned)
    maps = features().requires_grad_()
    out = layer(maps, torch.tensor(BOXES))
    weight = torch.rand(out.shape, generator=torch.Generator().manual_seed(1))
    (out * weight).sum().backward()
    for seed in range(2, 5):
        other = torch.rand(maps.shape, generator=torch.Generator().manual_seed(seed))
        forward = (layer(other, torch.tensor(BOXES)) * weight).sum()
        torch.testing.assert_close((maps.grad * other).sum(), forward)


@pytest.mark.skipif(torchvision_roi_align is None, reason="no torchvision")
@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 2])
def test_equals_torchvision(aligned, ratio):
    maps, rois = features().requires_grad_(), torch.tensor(BOXES)
    theirs = torchvision_roi_align(maps, rois, (3, 2), 0.25, ratio, aligned)
    ours = RoIAlign((3, 2), 0.25, sampling_ratio=ratio, aligned=aligned)(maps, rois)
    torch.testing.assert_close(ours, theirs)
    grads = [torch.autograd.grad((o**2).sum(), maps)[0] for o in (ours, theirs)]
    torch.testing.assert_close(*grads)


def test_boxes_of_no_image_or_none_at_all():
    layer = RoIAlign((2, 2), 1.0)
    assert layer(features(), torch.zeros(0, 5)).shape == (0, 3, 2, 2)
    with pytest.raises(IndexError, match=r"images \[2\], the batch has 2"):
        layer(features(), torch.tensor([[2.0, 0, 0, 4, 4]]))


def test_maximum_of_samples_says_what_to_install():
    with pytest.raises(NotImplementedError, match=r"pool_mode='avg'.*pip install"):
        RoIAlign((2, 2), 1.0, pool_mode="max")(features(), torch.tensor(BOXES))


def test_weights_of_a_box_by_hand():
    # two parts over cells 0..2, one sample in each: at 0.5 and 1.5
    one = torch.ones(1)
    weights = axis_weights(0 * one, 2 * one, one, parts=2, cells=3)
    assert weights.tolist() == [[[0.5, 0.5, 0], [0, 0.5, 0.5]]]
