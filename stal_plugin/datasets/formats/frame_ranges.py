"""Sets of frames as ranges: short for runs, plain numbers for single frames."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# First and last frame of each run, both included, ascending.
FrameRanges = tuple[tuple[int, int], ...]


def ranges_of_frames(frames: NDArray[np.int64]) -> FrameRanges:
    """Join frames in a row.

    Args:
        frames: ``(N,)`` in any order, with repetitions.

    Returns:
        The fewest ranges that hold exactly these frames.
    """
    frames = np.unique(frames)
    if not len(frames):
        return ()
    gaps = np.flatnonzero(np.diff(frames) > 1)
    first = frames[np.append(0, gaps + 1)]
    last = frames[np.append(gaps, len(frames) - 1)]
    return tuple(zip(first.tolist(), last.tolist(), strict=True))


def frames_of_ranges(ranges: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """List the frames of ranges.

    Args:
        ranges: First and last frame of each, both included, ascending.

    Returns:
        ``(N,)``, ascending.
    """
    first, last = np.array(list(ranges), np.int64).reshape(-1, 2).T
    counts = last - first + 1
    starts = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(first - starts, counts)


def ranges_to_json(ranges: FrameRanges) -> list[int | list[int]]:
    """Write single frames as numbers, runs as pairs."""
    return [a if a == b else [a, b] for a, b in ranges]


def ranges_from_json(value: object, num_frames: int) -> FrameRanges | str:
    """Read what :func:`ranges_to_json` writes.

    Args:
        value: A list of numbers and pairs.
        num_frames: Length of the video.

    Returns:
        The ranges, or what is wrong with them.
    """
    if not isinstance(value, list):
        return f"labelled is {value!r}, must be a list of frames and [first, last]"
    ranges: list[tuple[int, int]] = []
    for item in value:
        pair = item if isinstance(item, list) else [item, item]
        whole = all(type(x) is int for x in pair)
        if len(pair) != 2 or not whole or not 1 <= pair[0] <= pair[1] <= num_frames:
            return (
                f"labelled {item!r} is no frame and no [first, last] in 1..{num_frames}"
            )
        if ranges and pair[0] <= ranges[-1][1]:
            return f"labelled {item!r} follows {list(ranges[-1])}, must ascend"
        ranges.append((pair[0], pair[1]))
    return tuple(ranges)
