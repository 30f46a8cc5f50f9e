"""Boxes in pixels of some size to normalised boxes of the video as it is shown."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.resolutions import other_resolution

TURNS = (0, 90, 180, 270)


def annotated_size(
    video: str,
    annotated: tuple[int, int] | None,
    shown: tuple[int, int],
    rotate: int = 0,
    pixel_aspect: float = 1.0,
    stretched: bool = False,
) -> tuple[tuple[int, int], str]:
    """Size to divide boxes by.

    Args:
        video: The video, for errors and notes.
        annotated: Width and height that the annotation names; None if it does not.
        shown: Width and height of the video as it is shown, rotation applied.
        rotate: Clockwise turn in degrees that the boxes will get.
        pixel_aspect: Width over height of a pixel of the video: a player stretches the
            picture, and the annotation may refer to either.
        stretched: Whether pictures of another aspect ratio were annotated.

    Returns:
        Width and height that the boxes refer to before they are turned, and a note if
        the boxes are rescaled; '' if not.

    Raises:
        ValueError: The aspect ratios differ by more than the rounding of two pixels;
            says whether a rotation explains it.
    """
    turned = shown[::-1] if rotate % 180 else shown
    if annotated is None or annotated == turned:
        return turned, ""
    played = played_size(shown, pixel_aspect)
    played = played[::-1] if rotate % 180 else played
    if stretched or _alike(annotated, turned) or _alike(annotated, played):
        return annotated, (
            f"{video}: boxes of {annotated[0]}x{annotated[1]} pixels are rescaled to "
            f"the video's {shown[0]}x{shown[1]}"
        )
    text = (
        f"{video}: the annotation refers to {annotated[0]}x{annotated[1]} pixels, the "
        f"video shows {shown[0]}x{shown[1]}"
    )
    if _alike(annotated[::-1], turned):
        raise ValueError(
            f"{text}: the boxes were drawn without the rotation that the video asks "
            "for. Turn them with --rotate 90 (or 270), or annotate the video as shown"
        )
    raise ValueError(
        f"{text}, another aspect ratio: this is not the video that was annotated, or "
        "it was cropped. Use the annotated one, or name the true size with --size WxH; "
        "if its pictures were stretched to that size (Roboflow does so): --stretched"
    )


def played_size(size: tuple[int, int], pixel_aspect: float) -> tuple[int, int]:
    """Width and height of a picture as a player shows it, whose pixels are square."""
    return round(size[0] * pixel_aspect), size[1]


def _alike(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return abs(a[0] * b[1] - a[1] * b[0]) <= 2 * max(*a, *b)


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


def normalize_boxes(
    boxes: NDArray[np.float64],
    size: tuple[int, int],
    tolerance: float,
    origin: Callable[[int], str],
) -> tuple[NDArray[np.float64], int]:
    """Divide continuous corners by the image's size; clip what hardly sticks out.

    Args:
        boxes: ``(N, 4)`` xyxy in pixels; 0 is the left or upper edge of the image,
            ``size`` the right or lower one.
        size: Width and height in pixels that the boxes refer to.
        tolerance: Largest overshoot in pixels that is clipped.
        origin: Where box i comes from, for the error.

    Returns:
        Boxes ``(N, 4)`` in [0, 1] and the number of boxes that were clipped.

    Raises:
        ValueError: A box sticks out further, is not finite or has no area inside.
    """
    limits = np.array([*size, *size], dtype=np.float64)
    inside = np.clip(boxes, 0, limits)
    overshoot = np.abs(boxes - inside).max(1, initial=0)
    empty = ~(inside[:, :2] < inside[:, 2:]).all(1)
    bad = np.flatnonzero(~(overshoot <= tolerance) | empty)
    if len(bad):
        first = int(bad[0])
        other = other_resolution(boxes, size) if np.isfinite(boxes).all() else None
        hint = f". Are they of {other[0]}x{other[1]} pixels? --size" if other else ""
        raise ValueError(
            f"{origin(first)}: box {boxes[first].tolist()} (x1 y1 x2 y2) does not lie "
            f"in the image of {size[0]}x{size[1]} pixels (tolerance {tolerance:g}) or "
            f"has no area; {len(bad)} such box(es){hint}"
        )
    return inside / limits, int((overshoot > 0).sum())
