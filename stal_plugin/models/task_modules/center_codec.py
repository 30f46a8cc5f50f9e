"""Boxes and keypoints to CenterNet's maps, and back."""

from collections.abc import Sequence

import torch
from mmdet.models.utils.gaussian_target import (
    get_local_maximum,
    get_topk_from_heatmap,
)
from torch import Tensor

from stal_plugin.models.task_modules.center_maps import (
    CenterDetections,
    CenterMaps,
    CenterTargets,
    KeypointTargets,
    at_cells,
)
from stal_plugin.models.task_modules.gaussian_target import (
    draw_gaussians,
    gaussian_radius,
)
from stal_plugin.models.task_modules.keypoint_snapping import (
    keypoint_peaks,
    snap_keypoints,
)
from stal_plugin.registry import TASK_UTILS


@TASK_UTILS.register_module()
class CenterCodec:
    """Boxes and keypoints to CenterNet's maps, and back.

    The cell of a point is the one that contains it; points beyond the map's edge
    belong to the nearest cell, and offsets keep their place exact. Two boxes may share
    a cell: both are taught, the maps can say one.

    Args:
        stride: Pixels per cell.
        min_overlap: IoU that a Gaussian's radius stands for, see
            :func:`gaussian_radius`.
        legacy_radius: Use CenterNet's radius, which is too large.
        kernel: Side of the window in which a peak is the maximum.
        topk: Peaks per clip (all classes), and per keypoint.
        snap_score_thr: See :func:`snap_keypoints`.
        snap_distance: See :func:`snap_keypoints`.

    Reference:
        Zhou et al., Objects as Points (2019); arXiv:2012.08097, section 6.3.
    """

    def __init__(
        self,
        stride: int,
        min_overlap: float = 0.7,
        legacy_radius: bool = False,
        kernel: int = 3,
        topk: int = 100,
        snap_score_thr: float = 0.1,
        snap_distance: float = 0.3,
    ) -> None:
        self.stride = stride
        self.min_overlap = min_overlap
        self.legacy_radius = legacy_radius
        self.kernel = kernel
        self.topk = topk
        self.snap_score_thr = snap_score_thr
        self.snap_distance = snap_distance

    def encode(
        self,
        boxes: Sequence[Tensor],
        labels: Sequence[Tensor],
        num_classes: int,
        map_size: tuple[int, int],
        keypoints: Sequence[Tensor] | None = None,
        visible: Sequence[Tensor] | None = None,
    ) -> CenterTargets:
        """Make the targets of a batch.

        Args:
            boxes: Per clip ``(N_b, 4)`` xyxy, pixels.
            labels: Per clip ``(N_b,)`` int64 0-based, or multi-hot ``(N_b, K)``.
            num_classes: K.
            map_size: Cells (H, W).
            keypoints: Per clip ``(N_b, J, 2)``, pixels.
            visible: Per clip ``(N_b, J)``, not 0 where visible. Default: all.

        Raises:
            ValueError: A label is not in 0..K-1.
        """
        counts = torch.tensor([len(b) for b in boxes], device=boxes[0].device)
        batch_inds = torch.arange(len(boxes), device=counts.device)
        batch_inds = batch_inds.repeat_interleave(counts)
        scaled = torch.cat(list(boxes)).float() / self.stride
        wh = scaled[:, 2:] - scaled[:, :2]
        centres = (scaled[:, :2] + scaled[:, 2:]) / 2
        cells = cells_of(centres, map_size)
        radii = self.radii(wh)
        rows, classes = _label_pairs(torch.cat(list(labels)), num_classes)
        heatmap = draw_gaussians(
            cells[rows],
            radii[rows],
            batch_inds[rows] * num_classes + classes,
            len(boxes) * num_classes,
            map_size,
        )
        pose = None
        if keypoints is not None:
            points = torch.cat(list(keypoints)).float() / self.stride
            seen = torch.ones_like(points[..., 0], dtype=torch.bool)
            if visible is not None:
                seen = torch.cat(list(visible)) > 0
            seen &= _in_map(points, map_size)
            pose = _keypoint_targets(
                points, seen, cells, radii, batch_inds, len(boxes), map_size
            )
        return CenterTargets(
            heatmap.view(len(boxes), num_classes, *map_size),
            batch_inds,
            cells[:, 1] * map_size[1] + cells[:, 0],
            wh,
            centres - cells,
            pose,
        )

    def radii(self, wh: Tensor) -> Tensor:
        """Whole radii ``(N,)`` of Gaussians for boxes ``(N, 2)`` w, h in cells."""
        radius = gaussian_radius(wh, self.min_overlap, self.legacy_radius)
        return radius.clamp(min=0).long()

    def decode(self, maps: CenterMaps) -> CenterDetections:
        """Read boxes and keypoints off the maps.

        Args:
            maps: Heatmaps hold probabilities. A width or height below 0 counts as 0.
        """
        num_cells = maps.heatmap.shape[-2] * maps.heatmap.shape[-1]
        peaks = get_local_maximum(maps.heatmap, self.kernel)
        topk = min(self.topk, num_cells * maps.heatmap.shape[1])
        scores, cells, labels, y, x = get_topk_from_heatmap(peaks, topk)
        corner = torch.stack([x.to(maps.wh), y.to(maps.wh)], dim=-1)
        centres = corner + at_cells(maps.offset, cells)
        half = at_cells(maps.wh, cells).clamp(min=0) / 2
        boxes = torch.cat([centres - half, centres + half], dim=-1)
        points, point_scores = None, None
        if maps.keypoint_offset is not None:
            offset = at_cells(maps.keypoint_offset, cells)
            points = corner[:, :, None] + offset.unflatten(-1, (-1, 2))
            points, point_scores = self._snap(points, boxes, maps, num_cells)
            points = points * self.stride
        return CenterDetections(
            boxes * self.stride,
            scores,
            labels,
            points,
            point_scores,
            at_cells(_any_class(maps.heatmap), cells)[..., 0],
        )

    def _snap(
        self, points: Tensor, boxes: Tensor, maps: CenterMaps, num_cells: int
    ) -> tuple[Tensor, Tensor]:
        if maps.keypoint_heatmap is None or maps.keypoint_cell_offset is None:
            return points, torch.zeros_like(points[..., 0])
        peaks, scores = keypoint_peaks(
            maps.keypoint_heatmap,
            maps.keypoint_cell_offset,
            self.kernel,
            min(self.topk, num_cells),
        )
        return snap_keypoints(
            points, boxes, peaks, scores, self.snap_score_thr, self.snap_distance
        )


def cells_of(points: Tensor, map_size: tuple[int, int]) -> Tensor:
    """Cell (x, y) int64 of points ``(..., 2)`` in cells; the nearest if outside."""
    height, width = map_size
    limit = torch.tensor([width - 1, height - 1], device=points.device)
    return torch.minimum(points.floor().long().clamp(min=0), limit)


def _any_class(heatmap: Tensor) -> Tensor:
    """Probability ``(B, 1, H, W)`` of at least one of K independent classes."""
    nothing = torch.log1p(-heatmap.clamp(max=1 - 1e-7)).sum(dim=1, keepdim=True)
    return 1 - nothing.exp()  # ONNX has no expm1


def _in_map(points: Tensor, map_size: tuple[int, int]) -> Tensor:
    limit = points.new_tensor([map_size[1], map_size[0]])
    return ((points >= 0) & (points <= limit)).all(dim=-1)


def _label_pairs(labels: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Box and class of each label; a box with several labels comes several times."""
    if labels.dim() == 2:
        if labels.shape[1] != num_classes:
            raise ValueError(
                f"multi-hot labels have {labels.shape[1]} columns, but num_classes="
                f"{num_classes}"
            )
        rows, classes = labels.nonzero(as_tuple=True)
        return rows, classes
    wrong = (labels < 0) | (labels >= num_classes)
    if wrong.any():
        raise ValueError(
            f"label {int(labels[wrong][0])} is not in 0..{num_classes - 1}: set the "
            "head's num_classes to that of the data set"
        )
    return torch.arange(len(labels), device=labels.device), labels


def _keypoint_targets(
    points: Tensor,
    visible: Tensor,
    box_cells: Tensor,
    radii: Tensor,
    batch_inds: Tensor,
    num_clips: int,
    map_size: tuple[int, int],
) -> KeypointTargets:
    boxes, kinds = visible.nonzero(as_tuple=True)
    seen = points[boxes, kinds]
    cells = cells_of(seen, map_size)
    num = points.shape[1]
    planes = batch_inds[boxes] * num + kinds
    heatmap = draw_gaussians(cells, radii[boxes], planes, num_clips * num, map_size)
    return KeypointTargets(
        points - box_cells[:, None],
        visible,
        heatmap.view(num_clips, num, *map_size),
        batch_inds[boxes],
        cells[:, 1] * map_size[1] + cells[:, 0],
        seen - cells,
    )
