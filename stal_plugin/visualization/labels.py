"""Labels on frames: colours of classes, size of text, where a label goes."""

from dataclasses import dataclass

import cv2
import numpy as np

from stal_plugin.visualization.glyphs import readable

# Okabe and Ito, "Color Universal Design" (2008), without black, then lighter and darker
# shades of them, each the farthest from all before it for the reader who sees the least
# difference (normal sight, protanopia, deuteranopia, tritanopia; CIELAB)
_TABLE = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
    (106, 47, 0),
    (0, 57, 89),
    (204, 232, 248),
    (143, 85, 117),
    (0, 95, 69),
    (238, 191, 153),
    (153, 216, 199),
    (250, 247, 198),
    (149, 66, 0),
    (102, 60, 84),
    (128, 184, 216),
    (0, 80, 125),
    (242, 207, 178),
    (102, 197, 171),
)


def class_colors(num_classes: int) -> np.ndarray:
    """Return one colour per class; class k has the same one whatever the number.

    The first 10 differ by 16 in CIELAB or more for readers with and without colour
    blindness, the first 16 by 13.9, all 21 by 8, which takes a close look. From class
    22 on colours repeat: labels name the class in any case.

    Returns:
        ``(K, 3)`` uint8 RGB.
    """
    table = np.array(_TABLE, np.uint8)
    return table[np.arange(num_classes) % len(table)]


def text_color(background: np.ndarray) -> tuple[int, int, int]:
    """Return black or white, whichever reads better on a background.

    Args:
        background: ``(3,)`` RGB, 0 to 255.
    """
    # luminance by Rec. 709; 0.18 is where black and white have equal contrast
    linear = (np.asarray(background, np.float64) / 255) ** 2.2
    dark = linear @ np.array([0.2126, 0.7152, 0.0722]) < 0.18
    return (255, 255, 255) if dark else (0, 0, 0)


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
        return cv2.getTextSize(readable(text), _FONT, self.scale, self.weight)[0][0]

    @property
    def height(self) -> int:
        """Height in pixels of a line of text with padding, descenders included."""
        return round(_CAPITAL * self.scale * 1.35) + 2 * self.pad

    def fit(self, text: str, width: int) -> str:
        """Shorten text with two dots so that it fits a width with padding.

        Letters that OpenCV cannot draw become their code points.
        """
        text = readable(text)
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
        origin = (int(left + self.pad), int(baseline))
        style = (_FONT, self.scale, color, self.weight, cv2.LINE_AA)
        cv2.putText(image, readable(text), origin, *style)


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
