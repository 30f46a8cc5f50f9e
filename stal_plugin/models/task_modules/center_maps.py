"""What a centre head gives, should give, and means: maps, targets, detections."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor


class CenterMaps(NamedTuple):
    """Maps of a head; lengths are in cells, J keypoints. The last three may be None.

    Attributes:
        heatmap: ``(B, K, H, W)`` centres of each class.
        wh: ``(B, 2, H, W)`` w, h of the box whose centre is in the cell.
        offset: ``(B, 2, H, W)`` x, y from the cell to the centre.
        keypoint_offset: ``(B, 2 * J, H, W)`` x, y from the cell to each keypoint.
        keypoint_heatmap: ``(B, J, H, W)``.
        keypoint_cell_offset: ``(B, 2, H, W)`` x, y from a keypoint's cell to it.
    """

    heatmap: Tensor
    wh: Tensor
    offset: Tensor
    keypoint_offset: Tensor | None = None
    keypoint_heatmap: Tensor | None = None
    keypoint_cell_offset: Tensor | None = None


class KeypointTargets(NamedTuple):
    """Keypoints of the N boxes of a batch; V of them are visible and in the map.

    Attributes:
        offset: ``(N, J, 2)`` from the cell of the box's centre to the keypoint.
        visible: ``(N, J)`` bool.
        heatmap: ``(B, J, H, W)``.
        batch_inds: ``(V,)`` clip of each visible keypoint.
        cells: ``(V,)`` its cell, ``y * W + x``.
        cell_offset: ``(V, 2)`` from that cell to the keypoint.
    """

    offset: Tensor
    visible: Tensor
    heatmap: Tensor
    batch_inds: Tensor
    cells: Tensor
    cell_offset: Tensor


class CenterTargets(NamedTuple):
    """What the maps should be; lengths in cells.

    Attributes:
        heatmap: ``(B, K, H, W)``, 1 at centres.
        batch_inds: ``(N,)`` clip of each box of the batch.
        cells: ``(N,)`` cell of its centre, ``y * W + x``.
        wh: ``(N, 2)`` w, h.
        offset: ``(N, 2)`` from the cell to the centre.
        keypoints: None without keypoints.
    """

    heatmap: Tensor
    batch_inds: Tensor
    cells: Tensor
    wh: Tensor
    offset: Tensor
    keypoints: KeypointTargets | None


class CenterDetections(NamedTuple):
    """The k best peaks of each clip, best first.

    Attributes:
        boxes: ``(B, k, 4)`` xyxy, pixels.
        scores: ``(B, k)`` value of the peak.
        labels: ``(B, k)`` class, 0-based.
        keypoints: ``(B, k, J, 2)`` x, y, pixels; None without keypoints.
        keypoint_scores: ``(B, k, J)`` of the heatmap's peak; 0 where the keypoint is
            only regressed.
        objectness: ``(B, k)`` probability of any class at the peak's cell.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    keypoints: Tensor | None
    keypoint_scores: Tensor | None
    objectness: Tensor


def at_cells(feature: Tensor, cells: Tensor) -> Tensor:
    """Read a map at k cells of each clip.

    Args:
        feature: ``(B, C, H, W)``.
        cells: ``(B, k)`` int64, ``y * W + x``.

    Returns:
        ``(B, k, C)``.
    """
    flat = feature.flatten(2).transpose(1, 2)
    return flat.gather(1, cells[..., None].expand(-1, -1, flat.shape[-1]))


def change_maps(maps: CenterMaps, change: Callable[[Tensor], Tensor]) -> CenterMaps:
    """Apply a function to each map that is there."""
    changed: list[Any] = [m if m is None else change(m) for m in maps]
    return CenterMaps(*changed)
