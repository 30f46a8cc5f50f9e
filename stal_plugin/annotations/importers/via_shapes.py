"""Extent of the shapes that VIA 3 draws."""

import math
from collections.abc import Sequence

Box = tuple[float, float, float, float]

_POINT, _RECTANGLE, _CIRCLE, _ELLIPSE, _EXTREME_CIRCLE = 1, 2, 3, 4, 9
#: Names of the shapes by VIA's number.
SHAPES = {
    **{_POINT: "point", _RECTANGLE: "rectangle", _CIRCLE: "circle"},
    **{_ELLIPSE: "ellipse", 5: "line", 6: "polyline", 7: "polygon"},
    **{8: "extreme rectangle", _EXTREME_CIRCLE: "extreme circle"},
}
#: Rectangles: drawn by two corners, and by four extreme points.
RECTANGLES = ("rectangle", "extreme rectangle")
#: Note on a shape that is none of them.
BY_EXTENT = "shapes '{}', taken by their extent"
_COUNTS = {"point": 2, "rectangle": 4, "circle": 3, "ellipse": 4, "line": 4}
_COUNTS |= {"extreme rectangle": 8, "extreme circle": 6}


def shape_name(xy: Sequence[float]) -> str:
    """Name of a shape.

    Args:
        xy: VIA's number of the shape and its numbers.

    Returns:
        One of ``SHAPES``.

    Raises:
        ValueError: There is no such shape, or it has another number of numbers.
    """
    name = SHAPES.get(int(xy[0]) if xy else 0, "")
    count = len(xy) - 1
    if not name:
        allowed = ", ".join(f"{k} {own}" for k, own in SHAPES.items())
        raise ValueError(f"a list that starts with one of {allowed}")
    wanted = _COUNTS.get(name)
    if count != wanted if wanted else count < 4 or count % 2:
        text = f"{wanted} numbers" if wanted else "x, y, x, y, ..."
        raise ValueError(f"[{xy[0]:g}, ...] with {text}, for a {name}")
    return name


def shape_extent(xy: Sequence[float]) -> Box | None:
    """Extent of a shape.

    Extreme shapes are stored as the points that were clicked: four on the edges of a
    rectangle, three on a circle (VIA 3, ``_via_file_annotator.js``).

    Args:
        xy: VIA's number of the shape and its numbers, in pixels.

    Returns:
        x1, y1, x2, y2; without area where the shape has none; None for a point, and for
        three points that lie on no circle.

    Raises:
        ValueError: It is no shape; says what it must be.
    """
    name, values = shape_name(xy), [float(value) for value in xy[1:]]
    if name == "rectangle":
        x, y, width, height = values
        return x, y, x + width, y + height
    if name == "circle":
        return _round(values[0], values[1], values[2], values[2])
    if name == "ellipse":
        x, y, rx, ry = values
        return _round(x, y, rx, ry)
    if name == "extreme circle":
        return _circle(values)
    if name == "point":
        return None
    xs, ys = values[::2], values[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _round(x: float, y: float, rx: float, ry: float) -> Box:
    return x - rx, y - ry, x + rx, y + ry


def _circle(values: Sequence[float]) -> Box | None:
    """Extent of the circle through three points."""
    ax, ay, bx, by, cx, cy = values
    bx, by, cx, cy = bx - ax, by - ay, cx - ax, cy - ay
    twice = 2 * (bx * cy - by * cx)  # twice the area of the parallelogram
    if twice == 0:
        return None
    b, c = bx * bx + by * by, cx * cx + cy * cy
    x, y = (cy * b - by * c) / twice, (bx * c - cx * b) / twice
    radius = math.hypot(x, y)
    return _round(ax + x, ay + y, radius, radius)
