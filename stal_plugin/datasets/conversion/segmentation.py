"""Cut footage at stretches where nothing happens."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Segment:
    """A stretch of footage that becomes one video.

    Args:
        start: First frame, 0-based.
        stop: Frame after the last one.
    """

    start: int
    stop: int

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return self.stop - self.start


def cut_segments(
    spans: NDArray[np.int64],
    first: int,
    last: int,
    max_gap: int = 0,
    max_empty: int = 200,
) -> list[Segment]:
    """Cut footage so that clips that overlap in time stay in one segment.

    Segments are the connected components of the clips' overlap, each with half of the
    empty frames on both sides. All frames are kept. The middle of an empty stretch
    longer than ``max_empty`` becomes segments of its own.

    Args:
        spans: ``(N, 2)`` first and last frame of each clip, 0-based, both included.
        first: First frame to keep.
        last: Last frame to keep.
        max_gap: Components with at most so many empty frames between them stay
            together.
        max_empty: Longest empty stretch that is shared between its neighbours, and
            longest segment without a clip.

    Returns:
        Segments that follow each other without a gap from ``first`` to ``last``.
    """
    bounds = [first]
    end = None  # last frame of the clips so far
    for begin, until in _components(spans, max_gap):
        gap_start = first if end is None else end + 1
        bounds += _cuts(gap_start, begin, max_empty, end is None, False)
        end = until
    tail = first if end is None else end + 1
    bounds += _cuts(tail, last + 1, max_empty, end is None, True)
    bounds.append(last + 1)
    edges = np.unique(bounds).tolist()
    return [Segment(a, b) for a, b in pairwise(edges)]


def _components(spans: NDArray[np.int64], max_gap: int) -> list[tuple[int, int]]:
    if not len(spans):
        return []
    ordered = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    breaks = np.flatnonzero(ordered[1:, 0] - reach[:-1] - 1 > max_gap) + 1
    starts = ordered[np.append(0, breaks), 0]
    ends = reach[np.append(breaks - 1, len(reach) - 1)]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _cuts(
    start: int, stop: int, max_empty: int, at_start: bool, at_end: bool
) -> list[int]:
    """Cuts in the empty stretch from ``start`` up to, not including, ``stop``."""
    length = stop - start
    if length <= max_empty:
        return [] if at_start or at_end else [start + length // 2]
    margin = max_empty // 2
    begin = start if at_start else start + margin
    end = stop if at_end else stop - margin
    pieces = -(-(end - begin) // max_empty)
    return np.linspace(begin, end, pieces + 1).round().astype(int).tolist()
