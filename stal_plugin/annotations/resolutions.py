"""Do boxes fit the picture of another resolution than the one they were divided by?

Labellers work on resized copies. Boxes that were drawn on 1280x720 and divided by
1920x1080 all end at two thirds of the width and the height; some end there exactly,
for people are cut by the picture's edge.
"""

import numpy as np
from numpy.typing import NDArray

#: Heights in pixels of pictures that people label.
_HEIGHTS = (
    *(112, 120, 128, 144, 160, 180, 192, 224, 240, 256, 270, 288, 300, 320, 360, 384),
    *(400, 416, 432, 448, 450, 480, 512, 540, 576, 600, 608, 640, 720, 768, 800, 864),
    *(900, 960, 1024, 1050, 1080, 1152, 1200, 1280, 1440, 1536, 1600, 1920, 2160),
)
_NEAR = 1.01  # pixels of that picture: tools count corners from 0 or 1
_ALIKE = 0.97  # of the size: rather a border that nobody crosses
_BEYOND = 1.02  # of the size
_MANY = 0.2  # share of boxes beyond it that is no slip
_FILLED = 0.9  # of the width or the height of a picture that holds them
_FEW = 10  # boxes that say nothing


def other_resolution(
    boxes: NDArray[np.float64], size: tuple[int, int]
) -> tuple[int, int] | None:
    """Find a resolution of the same aspect ratio that the boxes fit exactly.

    Args:
        boxes: ``(N, 4)`` xyxy in pixels of ``size``, finite.
        size: Width and height that they are said to refer to.

    Returns:
        Width and height of the picture whose right and lower edges the boxes reach and
        do not cross. Where many boxes stick out of ``size``, the smallest common one
        that holds them all. None if ``size`` fits, or nothing tells.
    """
    if len(boxes) < _FEW or boxes[:, :2].min() < -_NEAR:
        return None
    right, low = boxes[:, 2:].max(0).tolist()
    others = [
        (round(size[0] * height / size[1]), height)
        for height in _HEIGHTS
        if not _ALIKE < height / size[1] < 1 / _ALIKE
    ]
    for width, height in others:
        if abs(low - height) <= _NEAR and abs(right - width) <= _NEAR:
            return width, height
    beyond = (boxes[:, 2:] > np.array(size) * _BEYOND).any(1)
    if beyond.mean() < _MANY:
        return None
    holding = [
        (width, height)
        for width, height in others
        if height > size[1] and low <= height + _NEAR and right <= width + _NEAR
    ]
    if not holding or max(right / holding[0][0], low / holding[0][1]) < _FILLED:
        return None
    return holding[0]
