"""Keypoints of boxes, for data without joints."""

import torch
from torch import Tensor

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
    places = torch.tensor(BOX_POINTS, dtype=boxes.dtype, device=boxes.device)
    low, high = boxes[..., None, :2], boxes[..., None, 2:]
    return low + places * (high - low)
