"""Where the label of a box stands, so that it hides as little as possible."""

import numpy as np

# how bad it is that a label covers a pixel of a box or of another label, and that it
# stands away from its box, per pixel and pixel of height
BOX_WORTH, LABEL_WORTH = 1, 16
_GAP_WORTH = 4


def place_label(
    box: np.ndarray,
    size: tuple[int, int],
    frame: tuple[int, int],
    taken: np.ndarray,
    below: bool = False,
) -> tuple[int, int]:
    """Choose the upper left corner of a label: the best spot, the first of equals.

    Tried are the spots at the box, outside before inside, then lines above and below
    it up to the edge of the frame, where the box's own surroundings are taken.

    Args:
        box: ``(4,)`` xyxy of the box in whole pixels.
        size: Width and height of the label, not larger than the frame.
        frame: Width and height of the frame.
        taken: ``(T, 5)`` xyxy of boxes and labels, the ends excluded, and their worth
            per pixel.
        below: Try below the box before above it.

    Returns:
        left, top: the label lies within the frame.
    """
    x1, y1, x2, y2 = box.tolist()
    wide, high = size
    above, under = [(x1, y1 - high), (x1, y1)], [(x1, y2 + 1), (x1, y2 - high)]
    spots = [*under, *above] if below else [*above, *under]
    beside = [(x2 + 1, y1), (x1 - wide, y1), (x2 + 1, y2 - high)]
    lefts = (x1, x2 - wide, x2 + 1, x1 - wide)
    tops = [*range(y1 - high, -1, -high), *range(y2 + 1, frame[1] - high + 1, high)]
    grid = [(left, top) for top in tops for left in lefts]
    inside = spots[1::2]
    outside = [s for s in spots[::2] if 0 <= s[1] <= frame[1] - high]
    options = np.array([*outside, *inside, *beside, *grid])
    options = np.clip(options, 0, np.array(frame) - size)
    return tuple(options[_cost(options, size, box, taken).argmin()].tolist())


def _cost(
    options: np.ndarray, size: tuple[int, int], box: np.ndarray, taken: np.ndarray
) -> np.ndarray:
    """Sum up the worth of what labels would cover, and the distance from the box."""
    ends = options + size
    apart = np.maximum(options - box[2:], box[:2] - ends).clip(0).sum(1)
    covered = np.minimum(ends[:, None], taken[:, 2:4])
    covered = (covered - np.maximum(options[:, None], taken[:, :2])).clip(0).prod(2)
    return covered @ taken[:, 4] + _GAP_WORTH * size[1] * (apart - 1).clip(0)
