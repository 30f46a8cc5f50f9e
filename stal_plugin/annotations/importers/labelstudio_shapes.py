"""Boxes and labels of Label Studio's regions."""

from typing import Any

import numpy as np

#: Keys of the values of shapes that are no box.
OTHER_SHAPES = {
    *("points", "brushlabels", "rle", "ellipselabels", "radiusX", "keypointlabels"),
}


def labels_of_region(value: dict[str, Any]) -> list:
    """Labels of a region, whatever control drew it; one empty label if it has none."""
    lists = (value[key] for key in value if key == "labels" or key.endswith("labels"))
    return next((own for own in lists if isinstance(own, list) and own), [""])


def region_box(value: dict[str, Any]) -> dict[str, float] | None:
    """Box of a polygon or an upright ellipse.

    Args:
        value: The value of a region, in percents.

    Returns:
        x, y, width, height and rotation in percents; nothing for a rectangle, which has
        them; None for other shapes.
    """
    if {"x", "width", "height"} <= set(value):
        return {}
    if value.get("points"):
        xs, ys = zip(*value["points"], strict=True)
        box = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    elif "radiusX" in value and not float(value.get("rotation") or 0) % 180:
        x, y, rx, ry = (value[key] for key in ("x", "y", "radiusX", "radiusY"))
        box = x - rx, y - ry, 2 * rx, 2 * ry
    else:
        return None
    return dict(zip(("x", "y", "width", "height"), box, strict=True), rotation=0)


def corners_of_box(
    value: dict, width: int, height: int
) -> tuple[float, float, float, float]:
    """Corners as shares; a box that is turned about its first corner: its extent."""
    x, y, w, h = (float(value[key]) / 100 for key in ("x", "y", "width", "height"))
    degrees = float(value.get("rotation") or 0)
    if not np.isfinite([x, y, w, h, degrees]).all():
        raise TypeError(f"a box of {[x, y, w, h, degrees]}")
    angle = np.radians(degrees)
    across = np.array([w * np.cos(angle), w * np.sin(angle) * width / height])
    down = np.array([-h * np.sin(angle) * height / width, h * np.cos(angle)])
    points = np.array([x, y]) + np.stack([0 * across, across, down, across + down])
    (x1, y1), (x2, y2) = points.min(0).tolist(), points.max(0).tolist()
    return x1, y1, x2, y2
