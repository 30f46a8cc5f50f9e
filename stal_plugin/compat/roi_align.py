"""RoIAlign for mmcv-lite, whose ``mmcv.ops`` lacks it: plain torch.

mmaction2's AVA and MultiSports models (``SingleRoIExtractor3D``) and mmdet's two-stage
detectors call it. Can go: when mmcv-lite ships ``roi_align`` without compiled code.

A part of a box is the mean of bilinear samples on a regular grid. Weights of a
bilinear sample are products of one along y and one along x, and so is their mean: the
operator is two small matrix products per box.
"""

from typing import Any

import torch
from torch import Tensor


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    **how: Any,
) -> None:
    """Fill ``output``, with the signature and result of ``mmcv._ext``'s operator.

    Args:
        input: ``(B, C, H, W)``.
        rois: ``(N, 5)``: place in the batch, then xyxy in pixels.
        output: ``(N, C, aligned_height, aligned_width)``; is written.
        argmax_y: Not used by ``pool_mode`` 1.
        argmax_x: Not used by ``pool_mode`` 1.
        **how: The other arguments of :func:`roi_weights`.
    """
    rows, columns = roi_weights(rois, input.shape[-2:], **how)
    for image, own in _by_image(rois, len(input)):
        half = torch.einsum("nih,chw->nciw", rows[own], input[image].float())
        parts = torch.einsum("nciw,njw->ncij", half, columns[own])
        output[own] = parts.to(output.dtype)


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    **how: Any,
) -> None:
    """Add the gradient of the map to ``grad_input``; see :func:`roi_align_forward`.

    Args:
        grad_output: ``(N, C, aligned_height, aligned_width)``.
        rois: ``(N, 5)``.
        argmax_y: Not used by ``pool_mode`` 1.
        argmax_x: Not used by ``pool_mode`` 1.
        grad_input: ``(B, C, H, W)``; is written.
        **how: As in the forward pass.
    """
    rows, columns = roi_weights(rois, grad_input.shape[-2:], **how)
    for image, own in _by_image(rois, len(grad_input)):
        half = torch.einsum("ncij,njw->nciw", grad_output[own].float(), columns[own])
        total = torch.einsum("nih,nciw->chw", rows[own], half)
        grad_input[image] += total.to(grad_input.dtype)


def _by_image(rois: Tensor, images: int) -> list[tuple[int, Tensor]]:
    """Boxes of each image that has some."""
    owner = rois[:, 0].long()
    if len(owner) and not 0 <= int(owner.min()) <= int(owner.max()) < images:
        raise IndexError(
            f"rois name the images {owner.unique().tolist()}, the batch has {images}"
        )
    return [(image, owner == image) for image in owner.unique().tolist()]


def roi_weights(
    rois: Tensor,
    cells: torch.Size,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> tuple[Tensor, Tensor]:
    """Weights of a map's rows and columns in the parts of boxes.

    Args:
        rois: ``(N, 5)``: place in the batch, then xyxy in pixels.
        cells: Rows H and columns W of the map.
        aligned_height: Parts of a box from top to bottom.
        aligned_width: Parts of a box from left to right.
        spatial_scale: Cells of the map per pixel.
        sampling_ratio: Samples per part and side; 0: about one per cell.
        pool_mode: 1, the mean of the samples.
        aligned: Whether the value of a cell belongs to its middle, else to its corner;
            then boxes are also at least one cell wide.

    Returns:
        ``(N, aligned_height, H)`` and ``(N, aligned_width, W)``.

    Raises:
        NotImplementedError: ``pool_mode`` is 0, the maximum of the samples.
    """
    if pool_mode != 1:
        raise NotImplementedError(
            "RoIAlign(pool_mode='max') needs compiled mmcv, but mmcv-lite is "
            "installed. Set pool_mode='avg', or: pip uninstall -y mmcv-lite && "
            "pip install 'mmcv>=2.0,<2.2' --no-build-isolation"
        )
    corners = rois[:, 1:].float() * spatial_scale - (0.5 if aligned else 0.0)
    start, size = corners[:, :2], corners[:, 2:] - corners[:, :2]
    if not aligned:
        size = size.clamp(min=1)
    both = []
    sides = ((1, cells[0], aligned_height), (0, cells[1], aligned_width))
    for axis, count, parts in sides:
        if sampling_ratio > 0:
            samples = torch.full_like(size[:, axis], sampling_ratio)
        else:
            samples = (size[:, axis] / parts).ceil()
        both.append(axis_weights(start[:, axis], size[:, axis], samples, parts, count))
    return both[0], both[1]


def axis_weights(
    start: Tensor, size: Tensor, samples: Tensor, parts: int, cells: int
) -> Tensor:
    """Weights of the cells along one side of boxes.

    Args:
        start: ``(N,)`` begin of each box, in cells; 0 is where cell 0's value belongs.
        size: ``(N,)`` extent.
        samples: ``(N,)`` samples per part; a box with 0 has only weights 0.
        parts: Parts per box.
        cells: Cells of the map. Beyond the outermost ones the map goes on for one
            cell as it ends, further out it is 0.

    Returns:
        ``(N, parts, cells)``.
    """
    most = int(samples.max()) if len(samples) else 0
    sample = torch.arange(max(most, 1), device=start.device)
    part = torch.arange(parts, device=start.device)
    count = samples.clamp(min=1)[:, None, None]
    place = part[:, None] + (sample + 0.5) / count
    place = start[:, None, None] + place * (size / parts)[:, None, None]
    used = (sample < samples[:, None, None]) & (place >= -1) & (place <= cells)
    share = used / count
    place = place.clamp(0, cells - 1)
    low = place.floor()
    rest = place - low
    weights = start.new_zeros(len(start), parts, cells)
    weights.scatter_add_(2, low.long(), (1 - rest) * share)
    weights.scatter_add_(2, (low.long() + 1).clamp(max=cells - 1), rest * share)
    return weights
