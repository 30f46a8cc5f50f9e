"""Compare the size that boxes refer to with that of the video."""

import numpy as np
from numpy.typing import NDArray

TURNS = (0, 90, 180, 270)


def annotated_size(
    video: str,
    told: tuple[int, int] | None,
    shown: tuple[int, int],
    rotate: int = 0,
) -> tuple[tuple[int, int], str]:
    """Size to divide boxes by.

    Args:
        video: The video, for errors and notes.
        told: Width and height that the annotation names; None if it does not.
        shown: Width and height of the video as it is shown, rotation applied.
        rotate: Clockwise turn in degrees that the boxes will get.

    Returns:
        Width and height that the boxes refer to before they are turned, and a note if
        the boxes are rescaled; '' if not.

    Raises:
        ValueError: The aspect ratios differ by more than the rounding of two pixels;
            says whether a rotation explains it.
    """
    turned = shown[::-1] if rotate % 180 else shown
    if told is None or told == turned:
        return turned, ""
    if _alike(told, turned):
        return told, (
            f"{video}: boxes of {told[0]}x{told[1]} pixels are rescaled to the video's "
            f"{shown[0]}x{shown[1]}"
        )
    text = (
        f"{video}: the annotation refers to {told[0]}x{told[1]} pixels, the video "
        f"shows {shown[0]}x{shown[1]}"
    )
    if _alike(told[::-1], turned):
        raise ValueError(
            f"{text}: the boxes were drawn without the rotation that the video asks "
            "for. Turn them with --rotate 90 (or 270), or annotate the video as shown"
        )
    raise ValueError(
        f"{text}, another aspect ratio: this is not the video that was annotated, or "
        "it was cropped. Use the annotated one, or name the true size with --size WxH"
    )


def turn_boxes(boxes: NDArray[np.float64], degrees: int) -> NDArray[np.float64]:
    """Turn normalised boxes with their image.

    Args:
        boxes: ``(N, 4)`` xyxy in [0, 1].
        degrees: Clockwise turn: 0, 90, 180 or 270.

    Returns:
        ``(N, 4)`` xyxy in the turned image.
    """
    x1, y1, x2, y2 = boxes.T
    turned = {
        0: (x1, y1, x2, y2),
        90: (1 - y2, x1, 1 - y1, x2),
        180: (1 - x2, 1 - y2, 1 - x1, 1 - y1),
        270: (y1, 1 - x2, y2, 1 - x1),
    }[degrees]
    return np.stack(turned, axis=1)


def _alike(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return abs(a[0] * b[1] - a[1] * b[0]) <= 2 * max(*a, *b)
