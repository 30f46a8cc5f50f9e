"""Losses of a centre head: heatmaps at every cell, lengths at the boxes' cells."""

from collections.abc import Callable

from torch import Tensor

from stal_plugin.models.task_modules.center_maps import CenterMaps, CenterTargets

Loss = Callable[..., Tensor]


def center_losses(
    maps: CenterMaps, targets: CenterTargets, heatmap_loss: Loss, length_loss: Loss
) -> dict[str, Tensor]:
    """Compare raw maps with their targets.

    Args:
        maps: Logits of heatmaps, and lengths in cells.
        targets: Of the same batch.
        heatmap_loss: Takes probabilities, targets and ``avg_factor``.
        length_loss: Takes lengths and targets ``(M, 2)`` or ``(M,)``.

    Returns:
        A scalar for each map under its name. Heatmaps are divided by their centres,
        lengths by the number of coordinates (of visible keypoints). Without boxes,
        lengths give 0 with a gradient of 0.
    """
    boxes = (targets.batch_inds, targets.cells)
    losses = {
        "heatmap": _on_heatmap(heatmap_loss, maps.heatmap, targets.heatmap),
        "wh": _on_lengths(length_loss, maps.wh, boxes, targets.wh),
        "offset": _on_lengths(length_loss, maps.offset, boxes, targets.offset),
    }
    pose = targets.keypoints
    if pose is None:
        return losses
    seen = pose.visible.repeat_interleave(2, dim=1)
    losses["keypoint_offset"] = _on_lengths(
        length_loss, maps.keypoint_offset, boxes, pose.offset.flatten(1), seen
    )
    losses["keypoint_heatmap"] = _on_heatmap(
        heatmap_loss, maps.keypoint_heatmap, pose.heatmap
    )
    losses["keypoint_cell_offset"] = _on_lengths(
        length_loss,
        maps.keypoint_cell_offset,
        (pose.batch_inds, pose.cells),
        pose.cell_offset,
    )
    return losses


def _on_heatmap(loss: Loss, logits: Tensor | None, target: Tensor) -> Tensor:
    assert logits is not None
    # mmdet's focal loss adds 1e-12 before its logarithm, which is 0 in half precision.
    probs = logits.float().sigmoid()
    return loss(probs, target, avg_factor=(target == 1).sum().clamp(min=1))


def _on_lengths(
    loss: Loss,
    predicted: Tensor | None,
    positions: tuple[Tensor, Tensor],
    target: Tensor,
    used: Tensor | None = None,
) -> Tensor:
    assert predicted is not None
    batch_inds, cells = positions
    values = predicted.float().flatten(2)[batch_inds, :, cells]
    if used is not None:
        values, target = values[used], target[used]
    return loss(values, target) if len(target) else values.sum()
