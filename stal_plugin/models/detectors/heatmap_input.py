"""Keypoint heatmaps as the input of a 3D network."""

import colorsys

import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.models.task_modules.center_codec import CenterCodec, cells_of
from stal_plugin.models.task_modules.center_maps import CenterDetections
from stal_plugin.models.task_modules.gaussian_target import draw_gaussians
from stal_plugin.models.task_modules.keypoint_snapping import BOX_POINTS, box_keypoints


def keypoint_colors(num_keypoints: int) -> Tensor:
    """Return fully saturated colours with equal steps of hue.

    Args:
        num_keypoints: J.

    Returns:
        ``(J, 3)`` RGB in [0, 1].
    """
    hues = [k / num_keypoints for k in range(num_keypoints)]
    return torch.tensor([colorsys.hsv_to_rgb(hue, 1, 1) for hue in hues])


def color_heatmaps(heatmaps: Tensor, size: tuple[int, int]) -> Tensor:
    """Paint each keypoint in its colour; where they overlap, the brighter wins.

    Args:
        heatmaps: ``(B, J, T, H, W)`` in [0, 1].
        size: Height and width of the pictures.

    Returns:
        ``(B, 3, T, h, w)`` RGB in [0, 1].
    """
    colors = keypoint_colors(heatmaps.shape[1]).to(heatmaps)
    channels = [
        (heatmaps * color[:, None, None, None]).amax(dim=1) for color in colors.T
    ]
    painted = torch.stack(channels, dim=1)
    planes = painted.flatten(1, 2)
    enlarged = F.interpolate(planes, size=size, mode="bilinear", align_corners=False)
    return enlarged.unflatten(1, painted.shape[1:3])


def blend(clips: Tensor, pictures: Tensor, weight: float) -> Tensor:
    """Return ``(1 - weight) * clips + weight * pictures``.

    Args:
        clips: ``(B, 3, T, H, W)``.
        pictures: The same, on the same scale.
        weight: In [0, 1]; CenterNet's drawings, and the paper's code, have 0.7.
    """
    return torch.lerp(clips, pictures, weight)


def draw_box_keypoints(
    detections: CenterDetections,
    codec: CenterCodec,
    map_size: tuple[int, int],
) -> Tensor:
    """Draw centre, corners and edge midpoints of detected boxes as Gaussians.

    This stands in for keypoint heatmaps where the head predicts none, as does a
    CenterNet that was trained on boxes.

    Args:
        detections: Detections of B frames. The height of a Gaussian is the score.
        codec: What they were decoded by: stride and radius. Boxes must score more than
            its ``snap_score_thr``.
        map_size: Cells (H, W).

    Returns:
        ``(B, 9, H, W)`` in [0, 1].
    """
    frames, ranks = (detections.scores > codec.snap_score_thr).nonzero(as_tuple=True)
    boxes = detections.boxes[frames, ranks] / codec.stride
    num = len(BOX_POINTS)
    planes = frames[:, None] * num + torch.arange(num, device=frames.device)
    drawn = draw_gaussians(
        cells_of(box_keypoints(boxes), map_size).flatten(0, 1),
        codec.radii(boxes[:, 2:] - boxes[:, :2]).repeat_interleave(num),
        planes.flatten(),
        len(detections.scores) * num,
        map_size,
        detections.scores[frames, ranks].repeat_interleave(num),
    )
    return drawn.view(-1, num, *map_size)
