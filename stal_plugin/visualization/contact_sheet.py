"""Many small pictures on one."""

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from stal_plugin.visualization.palette import class_colors
from stal_plugin.visualization.text import TextStyle

_PAPER, _INK = (255, 255, 255), (0, 0, 0)
_GAP = 8


def contact_sheet(
    tiles: Sequence[np.ndarray],
    columns: int,
    heading: str,
    classes: Sequence[str],
) -> np.ndarray:
    """Lay out images in rows, below a heading and a legend of the classes.

    Args:
        tiles: RGB images of any size; smaller ones are centred in their cell.
        columns: Images in a row; fewer if there are fewer images.
        heading: Text of the first line.
        classes: Names for the legend.

    Returns:
        ``(H, W, 3)`` uint8 RGB.

    Raises:
        ValueError: There is no image.
    """
    if not tiles:
        raise ValueError("a contact sheet needs at least one image")
    columns = min(columns, len(tiles))
    cell_h = max(tile.shape[0] for tile in tiles) + _GAP
    cell_w = max(tile.shape[1] for tile in tiles) + _GAP
    rows = -(-len(tiles) // columns)
    width = columns * cell_w + _GAP
    head = _heading(width, heading, classes)
    sheet = np.full((len(head) + rows * cell_h, width, 3), _PAPER, np.uint8)
    sheet[: len(head)] = head
    for number, tile in enumerate(tiles):
        top = len(head) + number // columns * cell_h
        left = _GAP + number % columns * cell_w
        top += (cell_h - _GAP - tile.shape[0]) // 2
        left += (cell_w - _GAP - tile.shape[1]) // 2
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def write_png(path: str | os.PathLike, image: np.ndarray) -> None:
    """Write an RGB image as PNG; the file is replaced in one step."""
    path = Path(path)
    ok, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not ok:
        raise ValueError(f"{path}: OpenCV could not encode the image")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data.tobytes())
    part.replace(path)


def _heading(width: int, heading: str, classes: Sequence[str]) -> np.ndarray:
    """Draw the heading and, wrapped below it, a swatch and name for each class."""
    style = TextStyle.for_frame(540, 960)
    swatch = style.height // 2
    places: list[tuple[int, int]] = []
    left, line = _GAP, 1
    for name in classes:
        wide = swatch + 4 * style.pad + style.width(name)
        if left > _GAP and left + wide > width:
            left, line = _GAP, line + 1
        places.append((left, line))
        left += wide
    head = np.full(((line + 1) * style.height + _GAP, width, 3), _PAPER, np.uint8)
    style.put(head, style.fit(heading, width), _GAP - style.pad, 0, _INK)
    colors = class_colors(len(classes))
    for name, color, (x, y) in zip(classes, colors, places, strict=True):
        top = y * style.height + style.height // 4
        head[top : top + swatch, x : x + swatch] = color
        fitted = style.fit(name, width - x - swatch)
        style.put(head, fitted, x + swatch, y * style.height, _INK)
    return head
