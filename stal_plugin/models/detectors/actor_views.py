"""What the two networks of an actor detector see of a frame."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.models.roi_align import parts_of_boxes

#: At most so many samples per output pixel and side: of a person 4 times as large as
#: the view and more, some pixels are left out.
_MOST_SAMPLES = 4


def square_boxes(boxes: Tensor, context: float = 1.3) -> Tensor:
    """Squares around boxes.

    Args:
        boxes: ``(N, 4)`` xyxy.
        context: Side of the square, in longer sides of the box.

    Returns:
        ``(N, 4)`` xyxy; they may reach out of the frame.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    center = (low + high) / 2
    half = (high - low).amax(dim=1, keepdim=True) * (context / 2)
    return torch.cat([center - half, center + half], dim=1)


def crop_views(frame: Tensor, squares: Tensor, size: int) -> Tensor:
    """Cut squares out of a frame and bring them to one size.

    A pixel is the mean of as many bilinear samples as it covers pixels of the frame, 1
    to 4 per side, as each square needs. Beyond the frame its border goes on.

    Args:
        frame: ``(C, H, W)`` float.
        squares: ``(N, 4)`` xyxy, pixels of the frame.
        size: Pixels S per side.

    Returns:
        ``(N, C, S, S)``.
    """
    views = frame.new_zeros(len(squares), len(frame), size, size)
    height, width = frame.shape[-2:]
    parts = squares / squares.new_tensor([width, height, width, height])
    samples = samples_per_side(squares, size)
    for count in sorted(set(samples)):
        rows = [row for row, own in enumerate(samples) if own == count]
        views[rows] = parts_of_boxes(frame[None], parts[None, rows], size, count)[0]
    return views


def samples_per_side(squares: Tensor, size: int) -> list[int]:
    """Samples per pixel and side that each square needs in a view of ``size``."""
    sides = (squares[:, 2] - squares[:, 0]).tolist()
    return [min(max(math.ceil(side / size), 1), _MOST_SAMPLES) for side in sides]


def letterbox(
    frames: Tensor, size: tuple[int, int], value: float = 114.0
) -> tuple[Tensor, float]:
    """Shrink or enlarge frames to fit, at the upper left, and fill up the rest.

    Args:
        frames: ``(B, C, H, W)`` float.
        size: Height and width of the result.
        value: What the rest is filled with.

    Returns:
        ``(B, C, h, w)``, and the pixels of it per pixel of the frame.

    Reference:
        YOLOX (arXiv:2107.08430), its preprocessing.
    """
    height, width = frames.shape[-2:]
    scale = min(size[0] / height, size[1] / width)
    inner = (max(int(height * scale), 1), max(int(width * scale), 1))
    small = F.interpolate(frames, inner, mode="bilinear", align_corners=False)
    fill = (0, size[1] - inner[1], 0, size[0] - inner[0])
    return F.pad(small, fill, value=value), scale
