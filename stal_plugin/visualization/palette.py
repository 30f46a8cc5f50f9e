"""Colours of classes."""

import numpy as np

# Okabe and Ito, "Color Universal Design" (2008), without black: kept apart by readers
# with any common form of colour blindness
_OKABE_ITO = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
_SHADES = ((255, 0.0), (255, 0.5), (0, 0.45))  # as is, mixed with white, with black


def class_colors(num_classes: int) -> np.ndarray:
    """Return one colour per class; class k has the same one whatever the number.

    The seven colours of Okabe and Ito come first, then lighter and darker shades of
    them. Beyond 21 classes colours repeat: labels name the class in any case.

    Returns:
        ``(K, 3)`` uint8 RGB.
    """
    base = np.array(_OKABE_ITO, np.float64)
    rows = [base + (grey - base) * amount for grey, amount in _SHADES]
    table = np.concatenate(rows).round().astype(np.uint8)
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
