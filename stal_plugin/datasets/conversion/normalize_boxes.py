"""Turn corners in pixels into shares of the image."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def normalize_boxes(
    boxes: NDArray[np.float64],
    size: tuple[int, int],
    tolerance: float,
    place: Callable[[int], str],
) -> tuple[NDArray[np.float64], int]:
    """Divide continuous corners by the image's size; clip what hardly sticks out.

    Args:
        boxes: ``(N, 4)`` xyxy in pixels; 0 is the left or upper edge of the image,
            ``size`` the right or lower one.
        size: Width and height in pixels that the boxes refer to.
        tolerance: Largest overshoot in pixels that is clipped.
        place: Where box i comes from, for the error.

    Returns:
        Boxes ``(N, 4)`` in [0, 1] and the number of boxes that were clipped.

    Raises:
        ValueError: A box sticks out further, is not finite or has no area inside.
    """
    limits = np.array([*size, *size], dtype=np.float64)
    inside = np.clip(boxes, 0, limits)
    overshoot = np.abs(boxes - inside).max(1, initial=0)
    empty = ~(inside[:, :2] < inside[:, 2:]).all(1)
    bad = np.flatnonzero(~(overshoot <= tolerance) | empty)
    if len(bad):
        first = int(bad[0])
        raise ValueError(
            f"{place(first)}: box {boxes[first].tolist()} (x1 y1 x2 y2) does not lie "
            f"in the image of {size[0]}x{size[1]} pixels (tolerance {tolerance:g}) or "
            f"has no area; {len(bad)} such box(es)"
        )
    return inside / limits, int((overshoot > 0).sum())
