"""What keeps mmdet 3.3's TOOD from running on mmcv-lite and from being exported.

``TOODHead.deform_sampling`` is a deformable convolution with a 1x1 kernel of ones and a
group for each channel: bilinear interpolation at an offset. mmcv-lite and ONNX have no
such operator; torch's ``grid_sample`` does the same. ``TOODHead.forward`` repeats
anchors in a loop over the batch, whose size a traced graph then keeps. Both can go when
mmdet writes them so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmdet.models.dense_heads import TOODHead
from torch import Tensor
from torch.nn import functional as F


def sample_at_offsets(feat: Tensor, offset: Tensor) -> Tensor:
    """Read each channel at an offset of its own, 0 outside of the map.

    Args:
        feat: ``(B, C, H, W)``.
        offset: ``(B, 2 * C, H, W)`` in cells, y and x of the first channel first.

    Returns:
        ``(B, C, H, W)``.
    """
    batch, channels, height, width = feat.shape
    moved = offset.reshape(batch * channels, 2, height, width)
    rows = torch.arange(int(height), dtype=feat.dtype, device=feat.device)
    columns = torch.arange(int(width), dtype=feat.dtype, device=feat.device)
    y, x = moved[:, 0] + rows[:, None], moved[:, 1] + columns
    # the middle of cell i of n is at (2 i + 1) / n - 1
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
    maps = feat.reshape(batch * channels, 1, height, width)
    return F.grid_sample(maps, grid, align_corners=False).reshape(feat.shape)


def use_grid_sample(head: Any) -> None:
    """Let a head sample by torch's operator, if it is a ``TOODHead``."""
    if isinstance(head, TOODHead):
        head.deform_sampling = sample_at_offsets


@contextmanager
def any_batch_size(head: Any, batch: Any) -> Iterator[None]:
    """Let a head be traced for any batch size, if it is a ``TOODHead``.

    Args:
        head: The head.
        batch: Size of the batch, as the tracer sees it.

    Raises:
        ValueError: The head regresses from anchors.
    """
    if not isinstance(head, TOODHead):
        yield
        return
    if head.anchor_type != "anchor_free":
        raise ValueError(
            f"TOODHead with anchor_type={head.anchor_type!r} cannot be exported: set "
            "anchor_type='anchor_free'"
        )

    def centers(anchors: Tensor) -> Tensor:
        alone = anchors[: int(anchors.shape[0]) // int(batch)]
        points: Tensor = TOODHead.anchor_center(head, alone)
        return points.repeat(batch, 1)

    head.anchor_center = centers
    try:
        yield
    finally:
        del head.anchor_center
