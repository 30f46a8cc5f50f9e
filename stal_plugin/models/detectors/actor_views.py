"""What the two networks of an actor detector see of a frame."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.models.roi_align import parts_of_boxes

#: At most so many samples per pixel of the view and side: of a square more than 8 times
#: as large, some pixels are left out.
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

    A pixel is the mean of bilinear samples, each of which stands for up to 2 x 2 pixels
    of the frame. Beyond the frame its border goes on.

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
    return [min(max(math.ceil(side / size / 2), 1), _MOST_SAMPLES) for side in sides]


def letterbox(
    frames: Tensor, size: tuple[int, int], value: float = 114.0, multiple: int = 32
) -> tuple[Tensor, float]:
    """Shrink or enlarge frames to fit, at the upper left, and fill up the rest.

    Args:
        frames: ``(B, C, H, W)`` float.
        size: Largest height and width of the result.
        value: What the rest is filled with.
        multiple: No more is filled up than to a multiple of so many pixels; the size
            itself is one.

    Returns:
        ``(B, C, h, w)``, and the pixels of it per pixel of the frame.

    Reference:
        YOLOX (arXiv:2107.08430), its preprocessing.
    """
    height, width = frames.shape[-2:]
    scale = min(size[0] / height, size[1] / width)
    inner = (max(int(height * scale), 1), max(int(width * scale), 1))
    small = F.interpolate(frames, inner, mode="bilinear", align_corners=False)
    rest = [
        min(-own % multiple, full - own) for own, full in zip(inner, size, strict=True)
    ]
    fill = (0, rest[1], 0, rest[0])
    return F.pad(small, fill, value=value), scale
