import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdet.models.utils import gaussian_target as host

from stal_plugin.models.task_modules.gaussian_target import (
    draw_gaussians,
    gaussian_radius,
)


@pytest.mark.parametrize(
    ("size", "right", "legacy"), [((45.0, 69.0), 4, 14), ((20.0, 40.0), 2, 7)]
)
def test_radius_of_centernet_is_too_large(size: tuple, right: int, legacy: int) -> None:
    sizes = torch.tensor([size])
    assert int(gaussian_radius(sizes)) == right
    assert int(gaussian_radius(sizes, legacy=True)) == legacy


def _iou(a: list[float], b: list[float]) -> float:
    w = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    h = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    area = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return w * h / (sum(area) - w * h)


def _moved(w: float, h: float, r: float) -> list[float]:
    """IoU after both corners moved by r, in the same way or against each other."""
    box = [0.0, 0.0, w, h]
    return [
        _iou(box, [r, r, w + r, h + r]),
        _iou(box, [r, r, w - r, h - r]),
        _iou(box, [-r, -r, w + r, h + r]),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.floats(1, 200),
    st.floats(1, 200),
    st.floats(0.1, 0.9),
)
def test_radius_keeps_the_overlap_and_is_the_largest(
    w: float, h: float, overlap: float
) -> None:
    sizes = torch.tensor([[w, h]], dtype=torch.float64)
    radius = float(gaussian_radius(sizes, overlap))
    assert min(_moved(w, h, radius)) == pytest.approx(overlap, abs=1e-6)
    assert radius == pytest.approx(float(host.gaussian_radius((h, w), overlap)))
    # CenterNet's own promise is broken: that is the defect.
    legacy = float(gaussian_radius(sizes, overlap, legacy=True))
    if overlap >= 0.5:
        assert min(_moved(w, h, min(legacy, w / 2, h / 2))) < overlap


def test_many_at_once_equal_the_hosts_one_by_one() -> None:
    num, planes, size = 40, 3, (11, 17)
    centres = torch.stack([torch.randint(17, (num,)), torch.randint(11, (num,))], 1)
    radii = torch.randint(0, 6, (num,))
    plane = torch.randint(planes, (num,))
    expected = torch.zeros(planes, *size)
    for c, r, p in zip(centres.tolist(), radii.tolist(), plane.tolist(), strict=True):
        host.gen_gaussian_target(expected[p], c, r)
    drawn = draw_gaussians(centres, radii, plane, planes, size)
    assert torch.allclose(drawn, expected, atol=1e-6)
    assert (drawn.flatten() == 1).sum() == len(
        {(p, *c) for c, p in zip(centres.tolist(), plane.tolist(), strict=True)}
    )


def test_peaks_by_hand_and_nothing_to_draw() -> None:
    peaks = torch.tensor([0.5, 0.25])
    centres = torch.tensor([[1, 0], [2, 0]])
    drawn = draw_gaussians(
        centres, torch.ones(2).long(), torch.zeros(2).long(), 1, (1, 4), peaks
    )
    # sigma 1/2: one cell off is exp(-2)
    side = 0.5 * torch.tensor(-2.0).exp()
    expected = torch.stack([side, peaks[0], peaks[1], side / 2])
    assert torch.allclose(drawn[0, 0], expected)
    empty = torch.zeros(0, dtype=torch.long)
    assert draw_gaussians(empty.view(0, 2), empty, empty, 2, (3, 4)).sum() == 0
