"""Extent of COCO's segmentations: polygons, and masks as lengths of runs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]

_FIELD = 5  # bits of a number per character
_MOST_FIELDS = 13  # of one number: 64 bits


def region_extent(segmentation: Any) -> Box | None:
    """Return the extent of a segmentation.

    Args:
        segmentation: A list of polygons ``[x1, y1, x2, y2, ...]`` (or one of them), or
            a mask ``{"size": [height, width], "counts": ...}`` whose counts are a list
            or COCO's compressed text.

    Returns:
        x1, y1, x2, y2 in pixels; None if there is nothing in it.

    Raises:
        ValueError: It is neither, or the counts do not fit the size.
    """
    if isinstance(segmentation, dict):
        return _mask_extent(segmentation)
    if not isinstance(segmentation, list):
        raise ValueError("must be polygons or a mask")
    flat = [segmentation] if _numbers(segmentation) else segmentation
    points: list[float] = []
    for polygon in flat:
        if not _numbers(polygon) or len(polygon) % 2:
            raise ValueError("a polygon must be a list of x, y, x, y, ...")
        points += polygon
    if not points:
        return None
    corners = np.array(points, np.float64).reshape(-1, 2)
    if not np.isfinite(corners).all():
        raise ValueError("a polygon must be a list of x, y, x, y, ...")
    (x1, y1), (x2, y2) = corners.min(0).tolist(), corners.max(0).tolist()
    return x1, y1, x2, y2


def _numbers(values: Any) -> bool:
    """Whether a list has numbers only; an empty one has."""
    if not isinstance(values, list):
        return False
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _mask_extent(mask: dict[str, Any]) -> Box | None:
    size: Any = mask.get("size")
    counts: Any = mask.get("counts")
    if not (_numbers(size) and len(size) == 2 and all(0 < n < 2**31 for n in size)):
        raise ValueError("size must be [height, width]")
    if isinstance(counts, str):
        counts = run_lengths(counts)
    if not _numbers(counts) or any(n < 0 or not float(n).is_integer() for n in counts):
        raise ValueError("counts must be a text or a list of whole numbers")
    height, width = int(size[0]), int(size[1])
    if sum(map(int, counts)) > height * width:
        raise ValueError(f"counts are more than {width}x{height} pixels")
    return _extent_of_runs(np.array(counts, np.int64), height)


def _extent_of_runs(counts: NDArray[np.int64], height: int) -> Box | None:
    """Extent of the ones: runs of 0 and 1 in turn, down the columns."""
    ends = np.cumsum(counts)
    starts, ends = (ends - counts)[1::2], ends[1::2]
    full = ends > starts
    if not full.any():
        return None
    starts, last = starts[full], ends[full] - 1
    left, right = int(starts.min()) // height, int(last.max()) // height
    across = starts // height != last // height  # a run that goes on in the next column
    top = 0 if across.any() else int((starts % height).min())
    low = height - 1 if across.any() else int((last % height).max())
    return float(left), float(top), float(right + 1), float(low + 1)


def run_lengths(text: str) -> Sequence[int]:
    """Lengths of the runs of COCO's compressed text.

    A number is written in fields of 5 bits, lowest first, a character (from 48 on)
    each, whose sixth bit says that the number goes on. From the third number on it is
    the difference to the one before the last (COCO API, ``rleFrString``).

    Args:
        text: The text.

    Returns:
        The lengths.

    Raises:
        ValueError: The text is none of that kind.
    """
    lengths: list[int] = []
    number = fields = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or fields >= _MOST_FIELDS:
            raise ValueError("counts are no lengths of runs")
        number |= (code & 31) << (_FIELD * fields)
        fields += 1
        if code & 32:
            continue
        if code & 16:  # negative
            number -= 1 << (_FIELD * fields)
        lengths.append(number + (lengths[-2] if len(lengths) > 2 else 0))
        number = fields = 0
    if fields:
        raise ValueError("counts end within a number")
    return lengths
