"""Names in any script: what OpenCV's font can draw, and its letters in charts.

OpenCV 5 brings a font with Chinese, Japanese, Korean and many other letters, and draws
the labels of frames with it; OpenCV 4 draws ASCII only. The font of matplotlib has no
Chinese: in charts such a text is drawn by OpenCV, too. A letter that neither has is
written as its code point, such as U+6325, never as an empty box.
"""

from collections.abc import Callable
from functools import lru_cache
from math import cos, radians, sin
from typing import Any

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.font_manager import FontProperties, findfont, get_font

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CAPITAL = 21.5  # OpenCV's height in pixels of capitals at scale 1
_CAPITALS_PER_EM = 0.73  # of matplotlib's font
_REGULAR = 1  # weight of the strokes
_FINER = 4  # texts are drawn so much larger, then made smaller
_UNASSIGNED = "\U000f1234"  # of private use: no font has it


@lru_cache(maxsize=4096)
def readable(text: str) -> str:
    """Replace letters that OpenCV cannot draw by their code points."""
    return _spelled(text, drawable)


@lru_cache(maxsize=4096)
def drawable(letter: str) -> bool:
    """Tell whether OpenCV's font has a letter."""
    if letter.isascii() or letter.isspace():
        return True
    if int(cv2.__version__.partition(".")[0]) < 5:
        return False
    return not np.array_equal(_ink(letter, 1.0)[0], _ink(_UNASSIGNED, 1.0)[0])


class GlyphCanvas(FigureCanvasAgg):
    """Matplotlib's canvas for PNG files, with letters that its font does not have."""

    def get_renderer(self) -> "GlyphRenderer":
        """Return the renderer for the size of the figure."""
        width, height = self.figure.bbox.size
        key = width, height, self.figure.dpi
        if getattr(self, "_key", None) != key:
            self.renderer = GlyphRenderer(int(width), int(height), self.figure.dpi)
            self._key = key
        return self.renderer


class GlyphRenderer(RendererAgg):
    """Draws a text with OpenCV if matplotlib's font lacks a letter of it."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Measure a line of text, in pixels."""
        s = _spelled(s, _either_has)
        if _matplotlib_has_all(s):
            return super().get_text_width_height_descent(s, prop, ismath)
        scale = self._scale(prop)
        (width, height), below = cv2.getTextSize(s, _FONT, scale, _REGULAR)
        return width / _FINER, (height + below) / _FINER, below / _FINER

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """Draw a line of text; its baseline begins at (x, y), from the upper edge."""
        s = _spelled(s, _either_has)
        if _matplotlib_has_all(s):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        ink, baseline = _ink(s, self._scale(prop))
        # place of a pixel of the enlarged text, from the beginning of the baseline
        across, down = cos(radians(angle)) / _FINER, sin(radians(angle)) / _FINER
        turn = np.array([[across, down], [-down, across]])
        height, width = ink.shape
        corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
        corners = (corners - [0, baseline]) @ turn.T
        low, high = np.floor(corners.min(0)), np.ceil(corners.max(0))
        shift = -turn @ [0, baseline] - low
        size = np.maximum(high - low, 1).astype(int).tolist()
        blurred = cv2.blur(ink, (_FINER, _FINER))
        alpha = cv2.warpAffine(blurred, np.column_stack([turn, shift]), size)
        red, green, blue, opacity = gc.get_rgb()
        picture = np.empty((*alpha.shape, 4), np.uint8)
        picture[..., :3] = np.round(255 * np.array([red, green, blue]))
        picture[..., 3] = np.round(alpha * opacity)
        left, top = round(x + low[0]), round(y + low[1])
        self.draw_image(gc, left, self.height - top - size[1], picture[::-1])

    def _scale(self, prop: FontProperties) -> float:
        capitals = _CAPITALS_PER_EM * self.points_to_pixels(prop.get_size_in_points())
        return _FINER * capitals / _CAPITAL


@lru_cache(maxsize=1)
def _charmap() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties())).get_charmap())


def _matplotlib_has(letter: str) -> bool:
    return letter.isspace() or ord(letter) in _charmap()


def _matplotlib_has_all(text: str) -> bool:
    return text.isascii() or all(map(_matplotlib_has, text))


def _either_has(letter: str) -> bool:
    return _matplotlib_has(letter) or drawable(letter)


def _spelled(text: str, has: Callable[[str], bool]) -> str:
    """Replace the letters that a font does not have by their code points."""
    if text.isascii():
        return text
    spelled = ""
    for letter in text:
        if has(letter):
            spelled += letter
        else:
            gap = " " if spelled and not spelled[-1].isspace() else ""
            spelled += f"{gap}U+{ord(letter):04X} "
    return spelled if text.endswith(" ") else spelled.rstrip(" ")


def _ink(text: str, scale: float) -> tuple[np.ndarray, int]:
    """Draw white text on black: ``(H, W)`` uint8, and the row of its baseline."""
    (width, height), below = cv2.getTextSize(text, _FONT, scale, _REGULAR)
    image = np.zeros((height + 2 * below, max(1, width), 3), np.uint8)
    origin = (0, height + below // 2)
    cv2.putText(image, text, origin, _FONT, scale, (255,) * 3, _REGULAR, cv2.LINE_AA)
    return np.ascontiguousarray(image[..., 0]), origin[1]
