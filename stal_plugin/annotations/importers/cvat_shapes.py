"""Upright boxes of the shapes that CVAT draws."""

from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.xml_stream import XmlElement

#: What an export may have beside boxes.
OTHER_SHAPES = (
    *("polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton"),
)
CORNERS = ("xtl", "ytl", "xbr", "ybr")

# Left out, and taken.
_NO_AREA = "boxes and shapes without area, left out"
ROTATED = "rotated boxes, taken by their extent"

Box = tuple[float, float, float, float]


def flat_shapes(places: Sequence[str], more: str = "") -> Counter[str]:
    """Count boxes and shapes without area.

    Args:
        places: Where they are.
        more: What else is to be said about them.

    Returns:
        Their number, by a note that has the first one's place.
    """
    if not places:
        return Counter()
    return Counter({f"{_NO_AREA} (the first: {places[0]}){more}": len(places)})


def taken(tag: str) -> str:
    """Return the note on shapes of a name that are read."""
    return f"shapes <{tag}>, taken by their extent"


def box_of_shape(shape: XmlElement) -> Box | None:
    """Return the extent of a shape; None for one without points.

    Args:
        shape: A box, which may be rotated, or one of ``OTHER_SHAPES``.

    Returns:
        x1, y1, x2, y2 in pixels; without area where the shape has none.

    Raises:
        ValueError: A value is missing or no number; names it.
    """
    if shape.tag == "box":
        x1, y1, x2, y2 = (_number(shape, name) for name in CORNERS)
        if not rotated(shape):
            return x1, y1, x2, y2
        corners = np.array([x1, y1, x2, y2])
        return _extent(_rotated(corners, _number(shape, "rotation", "0")))
    if shape.tag == "ellipse":
        x, y, rx, ry = (_number(shape, name) for name in ("cx", "cy", "rx", "ry"))
        return _extent(
            _rotated(
                np.array([x - rx, y - ry, x + rx, y + ry]),
                _number(shape, "rotation", "0"),
            )
        )
    if shape.tag == "mask":
        names = ("left", "top", "width", "height")
        x, y, width, height = (_number(shape, name) for name in names)
        return x, y, x + width, y + height
    if shape.tag == "cuboid":
        xs = [_number(shape, key) for key in shape.attrib if key[:2] in ("xt", "xb")]
        ys = [_number(shape, key) for key in shape.attrib if key[:2] in ("yt", "yb")]
        return _extent(np.array([*product(xs, ys)]).reshape(-1, 2))
    return _extent(_points(shape))


def rotated(shape: XmlElement) -> bool:
    """Whether a box does not stand upright.

    Raises:
        ValueError: Its angle is no number.
    """
    return shape.tag == "box" and _number(shape, "rotation", "0") % 180 != 0


def _number(shape: XmlElement, key: str, default: str | None = None) -> float:
    text = shape.attrib.get(key, default)
    try:
        number = float(text)  # type: ignore[arg-type]
        if not np.isfinite(number):
            raise ValueError
        return number
    except (TypeError, ValueError):
        raise ValueError(f"{key} is {text!r}, must be a number") from None


def _rotated(corners: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Corners ``(4, 2)`` of a box that is turned clockwise about its middle."""
    x1, y1, x2, y2 = corners
    points = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])
    if degrees % 360 == 0:
        return points
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    return (points - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle


def _points(shape: XmlElement) -> NDArray[np.float64]:
    """Points of a shape, or of all that are visible in it, ``(N, 2)``."""
    texts = [
        pair
        for element in shape.walk()
        if element.attrib.get("outside", "0") in ("0", "false")
        for pair in element.attrib.get("points", "").split(";")
        if pair.strip()
    ]
    try:
        points = [tuple(map(float, text.split(","))) for text in texts]
        return np.array(points, np.float64).reshape(-1, 2)
    except ValueError:
        text = shape.attrib.get("points", "")[:40]
        raise ValueError(f"points is {text!r}, must be 'x,y;x,y;...'") from None


def _extent(points: NDArray[np.float64]) -> Box | None:
    if not len(points):
        return None
    (x1, y1), (x2, y2) = points.min(0).tolist(), points.max(0).tolist()
    return x1, y1, x2, y2
