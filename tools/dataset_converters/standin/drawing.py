"""Anti-aliased shapes, items on boards, kitchen-like backgrounds and sensor noise."""

import cv2
import numpy as np

from standin.appearance import Colour, to_colour

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


_SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64)


def make_background(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Paint a tiled wall, a counter and things lying around.

    Args:
        width: Width in pixels.
        height: Height in pixels.
        rng: Source of randomness.

    Returns:
        RGB image of shape (height, width, 3), uint8.
    """
    size = np.array([width, height])
    image = _texture(width, height, rng)
    horizon = float(rng.uniform(0.3, 0.42))
    _draw_tiles(image, horizon, rng)
    counter = np.array([[0, horizon], [1, horizon], [1, 1], [0, 1]]) * size
    layer = image.copy()
    fill_polygon(layer, counter, to_colour(rng.uniform(60, 190, 3)))
    cv2.addWeighted(layer, 0.7, image, 0.3, 0, dst=image)
    for _ in range(14):
        _draw_clutter(image, horizon, rng)
    return cv2.GaussianBlur(image, (0, 0), width / 600)


def make_noise(
    width: int, height: int, planes: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Precompute sensor noise to be added to frames.

    Args:
        width: Width in pixels.
        height: Height in pixels.
        planes: Number of different planes.
        rng: Source of randomness.

    Returns:
        Arrays of shape (height, width, 3), uint8: grey noise from 0 to 7.
    """
    noise = [
        rng.integers(0, 8, (height, width, 1), dtype=np.uint8) for _ in range(planes)
    ]
    return [np.repeat(plane, 3, axis=2) for plane in noise]


def _texture(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Blotches of two scales around a random colour."""
    base = np.empty((height, width, 3), dtype=np.float32)
    base[:] = rng.uniform(70, 180, 3)
    for cells, strength in ((8, 18.0), (40, 10.0)):
        coarse = rng.normal(0, strength, (cells, cells * 16 // 9, 1)).astype(np.float32)
        base += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[
            ..., None
        ]
    return np.clip(base, 0, 240).astype(np.uint8)


def _draw_tiles(image: np.ndarray, horizon: float, rng: np.random.Generator) -> None:
    """Draw the joints between the tiles of the wall."""
    height, width = image.shape[:2]
    step = width * float(rng.uniform(0.04, 0.07))
    colour = to_colour(rng.uniform(40, 210, 3))
    thickness = max(1, width // 400)
    bottom = round(horizon * height)
    for x in np.arange(step, width, step):
        cv2.line(image, (round(x), 0), (round(x), bottom), colour, thickness)
    for y in np.arange(step, bottom, step):
        cv2.line(image, (0, round(y)), (width, round(y)), colour, thickness)


def _draw_clutter(image: np.ndarray, horizon: float, rng: np.random.Generator) -> None:
    """Draw one bowl, board or box; with a size like that of the labelled boxes."""
    size = np.array(image.shape[1::-1])
    centre = rng.uniform([0.0, horizon * 0.6], [1.0, 1.0]) * size
    half = np.exp(rng.uniform(np.log(0.03), np.log(0.13), 2)) * size
    colours = [to_colour(rng.uniform(20, 235, 3)) for _ in range(2)]
    shares = (1.0, rng.uniform(0.4, 0.8))
    for axes, colour in zip([half * share for share in shares], colours, strict=True):
        if colours[0][0] % 2:
            fill_ellipse(image, centre, axes, colour)
        else:
            fill_polygon(image, centre + _SQUARE * axes, colour)
