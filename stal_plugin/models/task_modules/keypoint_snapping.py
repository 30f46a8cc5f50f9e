"""Keypoints of a centre head: those of boxes, and their move to heatmap peaks."""

import torch
from mmdet.models.utils.gaussian_target import get_local_maximum
from torch import Tensor


def keypoint_peaks(
    heatmap: Tensor, cell_offset: Tensor, kernel: int, topk: int
) -> tuple[Tensor, Tensor]:
    """Find the highest peaks of each keypoint heatmap.

    Args:
        heatmap: ``(B, J, H, W)`` in [0, 1].
        cell_offset: ``(B, 2, H, W)`` x, y from the cell to the keypoint, in cells.
        kernel: Side of the window in which a peak is the maximum.
        topk: Q, at most the number of cells.

    Returns:
        Positions ``(B, J, Q, 2)`` in cells, and scores ``(B, J, Q)``.
    """
    batch, num, _, width = heatmap.shape
    scores, cells = get_local_maximum(heatmap, kernel).flatten(2).topk(topk)
    positions = torch.stack([cells % width, cells // width], dim=-1)
    offset = cell_offset.flatten(2).transpose(1, 2)
    picked = offset.gather(1, cells.flatten(1)[..., None].expand(-1, -1, 2))
    return positions + picked.view(batch, num, topk, 2), scores


def snap_keypoints(
    points: Tensor,
    boxes: Tensor,
    peaks: Tensor,
    scores: Tensor,
    score_thr: float = 0.1,
    max_distance: float = 0.3,
) -> tuple[Tensor, Tensor]:
    """Move each regressed keypoint to the nearest peak of its kind, if that fits.

    A peak fits if it scores more than ``score_thr``, lies inside the box, and is
    nearer than ``max_distance`` times the longer side of the box. As in CenterNet, the
    nearest of the peaks that score enough is tried and no other.

    Args:
        points: ``(B, k, J, 2)`` regressed keypoints of k boxes.
        boxes: ``(B, k, 4)`` xyxy.
        peaks: ``(B, J, Q, 2)``, all in one unit.
        scores: ``(B, J, Q)``.
        score_thr: See above.
        max_distance: See above.

    Returns:
        The keypoints ``(B, k, J, 2)``, and ``(B, k, J)`` the score of the peak; 0
        where the keypoint stayed where it was.

    Reference:
        Zhou et al., Objects as Points (2019), section 4.2.
    """
    distance = (points[:, :, :, None] - peaks[:, None]).norm(dim=-1)
    weak = (scores <= score_thr)[:, None].expand_as(distance)
    nearest, chosen = distance.masked_fill(weak, torch.inf).min(dim=-1)
    score = scores[:, None].expand_as(distance).gather(-1, chosen[..., None])[..., 0]
    source = peaks[:, None].expand(*distance.shape, 2)
    index = chosen[..., None, None].expand(*chosen.shape, 1, 2)
    target = source.gather(3, index)[..., 0, :]
    low, high = boxes[:, :, None, :2], boxes[:, :, None, 2:]
    reach = max_distance * (high - low).amax(dim=-1)
    inside = ((target >= low) & (target <= high)).all(dim=-1)
    fits = inside & (nearest < reach)
    moved = torch.where(fits[..., None], target, points)
    return moved, torch.where(fits, score, torch.zeros_like(score))


#: Place of each point in its box, (x, y) from the top left corner: centre, corners
#: (clockwise from the top left), midpoints of the edges (clockwise from the top).
BOX_POINTS = (
    (0.5, 0.5),
    (0.0, 0.0),
    (1.0, 0.0),
    (1.0, 1.0),
    (0.0, 1.0),
    (0.5, 0.0),
    (1.0, 0.5),
    (0.5, 1.0),
    (0.0, 0.5),
)


def box_keypoints(boxes: Tensor) -> Tensor:
    """Return centre, corners and edge midpoints of boxes.

    Args:
        boxes: ``(..., 4)`` xyxy.

    Returns:
        ``(..., 9, 2)`` x, y in the unit of the boxes, in the order of ``BOX_POINTS``.
    """
    positions = torch.tensor(BOX_POINTS, dtype=boxes.dtype, device=boxes.device)
    low, high = boxes[..., None, :2], boxes[..., None, 2:]
    return low + positions * (high - low)
