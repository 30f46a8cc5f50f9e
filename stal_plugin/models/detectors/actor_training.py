"""Actor detectors in training: whole clips at once, boxes moved a little."""

from typing import Any

import torch
from torch import Tensor

from stal_plugin.models.detectors.actor_stream import ActorView
from stal_plugin.models.detectors.actor_views import crop_views, square_boxes
from stal_plugin.models.detectors.roi_steps import roi_clip
from stal_plugin.models.roi_align import roi_align


def clip_maps(network: Any, view: ActorView, clip: Tensor, boxes: Tensor) -> Tensor:
    """Maps of people during a clip, as a stream would give them step by step.

    Args:
        network: Clip network, see ``stal_plugin.ActorDetector``.
        view: What it sees.
        clip: ``(3, T, H, W)`` RGB, 0 to 255.
        boxes: ``(N, 4)`` of people who stay where they are, or ``(N, T, 4)``.

    Returns:
        ``(N, C, T, h, w)``.
    """
    frames = clip.float().transpose(0, 1) / 255
    if boxes.ndim == 2:
        boxes = boxes[:, None].expand(-1, len(frames), -1)
    along = boxes.unbind(1)
    if view.kind == "crop":
        views = [
            crop_views(frame, square_boxes(own, view.context), view.size)
            for frame, own in zip(frames, along, strict=True)
        ]
        maps: Tensor = network(torch.stack(views, dim=2))
        return maps
    size = (view.size, view.size)
    whole = torch.nn.functional.interpolate(
        frames, size, mode="bilinear", align_corners=False
    )
    shape = (clip.shape[-2], clip.shape[-1])
    if hasattr(network, "roi_step"):
        limit = boxes.new_tensor([*shape[::-1], *shape[::-1]])
        return roi_clip(network, whole, boxes / limit)
    steps = network(whole.transpose(0, 1)[None])[0].transpose(0, 1)
    parts = roi_align(steps, list(along), shape, view.parts)
    return parts.unflatten(0, (len(frames), -1)).permute(1, 2, 0, 3, 4)


def jittered(
    boxes: Tensor, amount: float, generator: torch.Generator | None = None
) -> Tensor:
    """Move and scale boxes a little, as a detector's boxes are not the annotated ones.

    Args:
        boxes: ``(N, 4)`` xyxy.
        amount: Centre and sides change by up to this share of the sides.
        generator: Source of the random numbers; default: torch's.
    """
    if not amount:
        return boxes
    draws = torch.rand(len(boxes), 4, generator=generator).to(boxes) * 2 - 1
    sides = boxes[:, 2:] - boxes[:, :2]
    center = (boxes[:, 2:] + boxes[:, :2]) / 2 + draws[:, :2] * amount * sides
    half = sides * (1 + draws[:, 2:] * amount) / 2
    return torch.cat([center - half, center + half], dim=1)
