"""Text on images: sizes that follow the frame, and labels that stay within it."""

from dataclasses import dataclass

import cv2
import numpy as np

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CAPITAL = 21.5  # height in pixels of capitals at scale 1


@dataclass(frozen=True)
class TextStyle:
    """Size of text and lines for a frame.

    Args:
        scale: Font scale of OpenCV.
        weight: Thickness of the strokes of letters in pixels.
        line: Thickness of box edges in pixels.
        pad: Space around text in pixels.
    """

    scale: float
    weight: int
    line: int
    pad: int

    @classmethod
    def for_frame(cls, height: int, width: int) -> "TextStyle":
        """Choose sizes that read alike on a small frame and on a 4K one."""
        short = min(height, width)
        capitals = max(10.0, short / 40)
        return cls(
            scale=capitals / _CAPITAL,
            weight=max(1, round(capitals / 12)),
            line=max(2, round(short / 270)),
            pad=max(2, round(capitals / 4)),
        )

    def width(self, text: str) -> int:
        """Width in pixels of a line of text, without padding."""
        return cv2.getTextSize(text, _FONT, self.scale, self.weight)[0][0]

    @property
    def height(self) -> int:
        """Height in pixels of a line of text with padding, descenders included."""
        return round(_CAPITAL * self.scale * 1.35) + 2 * self.pad

    def fit(self, text: str, width: int) -> str:
        """Shorten text with two dots so that it fits a width with padding."""
        room = width - 2 * self.pad
        if self.width(text) <= room:
            return text
        for end in range(len(text) - 1, 0, -1):
            if self.width(shorter := text[:end].rstrip() + "..") <= room:
                return shorter
        return ""

    def put(
        self, image: np.ndarray, text: str, left: int, top: int, color: tuple
    ) -> None:
        """Write one line into an image, its padded block starting at (left, top)."""
        baseline = top + self.pad + round(_CAPITAL * self.scale)
        place = (int(left + self.pad), int(baseline))
        cv2.putText(
            image, text, place, _FONT, self.scale, color, self.weight, cv2.LINE_AA
        )


def fit_lines(lines: tuple[str, ...], style: TextStyle, size: tuple[int, int]) -> list:
    """Shorten a block of lines to a frame; what is left out is counted.

    Args:
        lines: Lines of a label.
        style: Their size.
        size: Width and height of the frame.
    """
    most = max(1, size[1] // style.height)
    shown = list(lines)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"+{len(lines) - most + 1} more"]
    return [style.fit(line, size[0]) for line in shown]
