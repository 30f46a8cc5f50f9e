"""Anti-aliased drawing of the few shapes in the stand-in."""

import cv2
import numpy as np

from standin.worker import Colour

_SHIFT = 4  # sub-pixel bits of OpenCV's drawing functions
_PULSE = 0.4  # relative change of an item's size over its phase
_CIRCLE = np.stack(
    [np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)], axis=1
)


def fill_polygon(image: np.ndarray, points: np.ndarray, colour: Colour) -> None:
    """Fill a convex polygon at sub-pixel positions.

    Args:
        image: RGB image, drawn into.
        points: Corners in pixels, shape (P, 2).
        colour: RGB.
    """
    fixed = np.rint(points * (1 << _SHIFT)).astype(np.int32)
    cv2.fillConvexPoly(image, fixed, colour, cv2.LINE_AA, _SHIFT)


def fill_ellipse(
    image: np.ndarray, centre: np.ndarray, axes: np.ndarray, colour: Colour
) -> None:
    """Fill an upright ellipse at a sub-pixel position.

    Args:
        image: RGB image, drawn into.
        centre: Middle in pixels, shape (2,).
        axes: Half axes in pixels, shape (2,).
        colour: RGB.
    """
    fill_polygon(image, centre + _CIRCLE * axes, colour)


def item_outlines(
    state: np.ndarray, bar: tuple[float, float, float], size: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Shape of an item and the hand that holds it, for one state.

    Args:
        state: Position (x, y) in boxes, size phase and angle in turns, shape (4,).
        bar: Length, width and hand radius as shares of the shorter side.
        size: Width and height of the board in units, shape (2,).

    Returns:
        Outline of the item (4, 2) and of the hand (16, 2) around the item's middle,
        the middle's position on the board (2,), all in units, and the radius of a
        circle that holds both.
    """
    scale = (1 + _PULSE * np.sin(2 * np.pi * state[2])) * size.min()
    length, width, radius = (share * scale for share in bar)
    cos, sin = np.cos(2 * np.pi * state[3]), np.sin(2 * np.pi * state[3])
    rotation = np.array([[cos, sin], [-sin, cos]])
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * [length / 2, width / 2]
    grip = np.array([-0.35 * length, 0.0])
    hand = grip + _CIRCLE * radius
    reach = float(np.hypot(0.35 * length + radius, length / 2))
    return corners @ rotation, hand @ rotation, state[:2] * size, reach


def draw_item(
    image: np.ndarray,
    state: np.ndarray,
    bar: tuple[float, float, float],
    size: np.ndarray,
    colours: tuple[Colour, Colour],
) -> None:
    """Draw hand and item on a board; what leaves on one side enters on the other.

    Args:
        image: The board's part of the frame, drawn into, shape (h, w, 3).
        state: As in :func:`item_outlines`.
        bar: As in :func:`item_outlines`.
        size: Width and height of the board in units, shape (2,).
        colours: Colours of item and hand, RGB.
    """
    item, hand, middle, reach = item_outlines(state, bar, size)
    pixels = np.array(image.shape[1::-1]) / size
    steps = np.array([-1, 0, 1])
    copies = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * size
    centres = middle + copies
    inside = np.all((centres > -reach) & (centres < size + reach), axis=1)
    for centre in centres[inside]:
        # OpenCV's pixel (0, 0) has its middle at the origin, hence half a pixel less.
        fill_polygon(image, (item + centre) * pixels - 0.5, colours[0])
        fill_polygon(image, (hand + centre) * pixels - 0.5, colours[1])
