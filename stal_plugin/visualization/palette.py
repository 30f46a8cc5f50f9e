"""Colours of classes."""

import numpy as np

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
