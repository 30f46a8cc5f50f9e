"""Gaussians of a centre heatmap: how wide, and drawing many at once."""

import torch
from torch import Tensor


def gaussian_radius(
    wh: Tensor, min_overlap: float = 0.7, legacy: bool = False
) -> Tensor:
    """Radius within which a box keeps its overlap with the ground truth.

    If both corners of a box move by at most the radius, then its IoU with the
    original is at least ``min_overlap``. Three cases (one corner moves in and one out,
    both in, both out) give three quadratic equations; the smallest root counts.

    Args:
        wh: ``(N, 2)`` w, h, in cells.
        min_overlap: IoU, in (0, 1).
        legacy: CornerNet's and CenterNet's formula: the larger root of the first two
            equations, and all three divided by 2 instead of 2a. The third then
            decides alone, with 4 ``min_overlap`` times its right root.

    Returns:
        ``(N,)``, not rounded.

    Reference:
        Law & Deng, CornerNet (ECCV 2018), section 3.2.
    """
    total, area = wh.sum(-1), wh.prod(-1)
    # a r^2 - b r + c = 0 where a corner moves in, a r^2 + b r - c = 0 where none does
    inward = (
        (1, total, area * (1 - min_overlap) / (1 + min_overlap)),
        (4, 2 * total, area * (1 - min_overlap)),
    )
    a, b, c = 4 * min_overlap, 2 * min_overlap * total, area * (1 - min_overlap)
    radii = [((b**2 + 4 * a * c).sqrt() - b) / (2 if legacy else 2 * a)]
    for a, b, c in inward:
        root = (b**2 - 4 * a * c).clamp(min=0).sqrt()
        radii.append((b + root) / 2 if legacy else (b - root) / (2 * a))
    return torch.stack(radii).amin(dim=0)


def draw_gaussians(
    centres: Tensor,
    radii: Tensor,
    planes: Tensor,
    num_planes: int,
    map_size: tuple[int, int],
    peaks: Tensor | None = None,
) -> Tensor:
    """Draw N Gaussians of sigma ``(2 r + 1) / 6``; where they overlap, the larger wins.

    Args:
        centres: ``(N, 2)`` int64 cell (x, y) of each, inside the map.
        radii: ``(N,)`` int64; a Gaussian is cut off beyond its radius.
        planes: ``(N,)`` int64, the plane that each is drawn on.
        num_planes: P.
        map_size: Cells (H, W).
        peaks: ``(N,)`` value at the centre. Default: 1.

    Returns:
        ``(P, H, W)`` float32, 0 where nothing is drawn.
    """
    height, width = map_size
    drawn = torch.zeros(num_planes * height * width, device=centres.device)
    if len(centres) == 0:
        return drawn.view(num_planes, height, width)
    reach = int(radii.max())
    step = torch.arange(-reach, reach + 1, device=centres.device)
    column = centres[:, :1] + step
    row = centres[:, 1:] + step
    near = step.abs() <= radii[:, None]
    inside_x = near & (column >= 0) & (column < width)
    inside_y = near & (row >= 0) & (row < height)
    sigma = (2 * radii + 1).float() / 6
    profile = torch.exp(-(step**2).float() / (2 * sigma[:, None] ** 2))
    values = profile[:, :, None] * profile[:, None, :]
    if peaks is not None:
        values = values * peaks.float()[:, None, None]
    index = planes[:, None, None] * (height * width)
    index = index + row[:, :, None] * width + column[:, None, :]
    used = inside_y[:, :, None] & inside_x[:, None, :]
    drawn.scatter_reduce_(0, index[used], values[used], "amax")
    return drawn.view(num_planes, height, width)
