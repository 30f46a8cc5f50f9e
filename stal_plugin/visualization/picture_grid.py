"""Contact sheets, and PictureGrid: rows of consecutive key frames, one per model.

The grid is the layout of figures S1 and S2 of arXiv:2012.08097.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from stal_plugin.annotations import Annotation
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.visualization.draw import add_caption, draw_frame, resize_frame
from stal_plugin.visualization.labels import TextStyle, class_colors
from stal_plugin.visualization.selection import choose_windows
from stal_plugin.visualization.split_frames import SplitFrames

_PAPER, _INK = (255, 255, 255), (0, 0, 0)
_GAP = 8
_TILE_WIDTH = 360


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
    ok, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not ok:
        raise ValueError(f"{path}: OpenCV could not encode the image")
    with atomic_file(path) as part:
        part.write_bytes(data.tobytes())


def _heading(width: int, heading: str, classes: Sequence[str]) -> np.ndarray:
    """Draw the heading and, wrapped below it, a swatch and name for each class."""
    style = TextStyle.for_frame(540, 960)
    swatch = style.height // 2
    corners: list[tuple[int, int]] = []
    left, line = _GAP, 1
    for name in classes:
        wide = swatch + 4 * style.pad + style.width(name)
        if left > _GAP and left + wide > width:
            left, line = _GAP, line + 1
        corners.append((left, line))
        left += wide
    head = np.full(((line + 1) * style.height + _GAP, width, 3), _PAPER, np.uint8)
    style.put(head, style.fit(heading, width), _GAP - style.pad, 0, _INK)
    colors = class_colors(len(classes))
    for name, color, (x, y) in zip(classes, colors, corners, strict=True):
        top = y * style.height + style.height // 4
        head[top : top + swatch, x : x + swatch] = color
        fitted = style.fit(name, width - x - swatch)
        style.put(head, fitted, x + swatch, y * style.height, _INK)
    return head


@dataclass(frozen=True)
class PictureGrid:
    """Predictions of several models on the same frames, below each other.

    Args:
        annotation: Videos, classes and ground truth.
        models: Frames of one split with the predictions of each model, by its name.
        root: Folder that the video files of the annotation are relative to.
        columns: Frames in a row.
        step: From one frame of a row to the next.
        score_thr: Predictions with a smaller score are not drawn.

    Raises:
        ValueError: There is no model, or a size is below 1.
    """

    annotation: Annotation
    models: Mapping[str, SplitFrames]
    root: Path
    columns: int = 6
    step: int = 4
    score_thr: float = 0.3

    def __post_init__(self) -> None:
        if not self.models or min(self.columns, self.step) < 1:
            raise ValueError(
                f"{len(self.models)} models, {self.columns} columns, step {self.step}: "
                "each must be 1 or more"
            )

    def write(self, path: Path, count: int = 4) -> None:
        """Draw the grid and write it as PNG.

        Args:
            path: The file; it is replaced in one step.
            count: Most windows that are shown; each has a row per model.

        Raises:
            FileNotFoundError: A video is missing.
            ValueError: The split has no frame.
        """
        frames = next(iter(self.models.values()))
        windows = choose_windows(
            frames, len(self.annotation.classes), self.columns, self.step, count
        )
        tiles = [tile for window in windows.tolist() for tile in self._rows(window)]
        kind = "synthetic data, " if self.annotation.synthetic else ""
        heading = (
            f"{kind}frames {self.step} apart   solid: prediction, dashed: ground "
            f"truth   score >= {self.score_thr:g}"
        )
        classes = self.annotation.classes
        write_png(path, contact_sheet(tiles, self.columns, heading, classes))

    def _rows(self, window: list[int]) -> list[np.ndarray]:
        """Decode the frames of a window once; draw them for each model."""
        frames = next(iter(self.models.values()))
        images = list(frames.decode(self.annotation, self.root, window))
        return [
            self._tile(name, frames, frame_id, image)
            for name, frames in self.models.items()
            for frame_id, image in zip(window, images, strict=True)
        ]

    def _tile(
        self, name: str, frames: SplitFrames, frame_id: int, image: np.ndarray
    ) -> np.ndarray:
        size = (_TILE_WIDTH, round(_TILE_WIDTH * image.shape[0] / image.shape[1]))
        overlays = frames.boxes_of(
            frame_id, size, self.annotation.classes, self.score_thr
        )
        drawn = draw_frame(resize_frame(image, *size), *overlays)
        video, number = frames.locate(frame_id)
        return add_caption(drawn, f"{name}   {frames.videos[video]}", f"  {number}")
