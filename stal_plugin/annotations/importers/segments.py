"""Cut footage at stretches where nothing happens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.agot_clips import Footage
from stal_plugin.video import write_video

_STAMP = "stal_plugin segment"


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


@dataclass(frozen=True)
class SegmentVideo:
    """A segment and the video that it becomes.

    Args:
        segment: Stretch of the footage.
        path: The mp4 to write.
        size: Width and height in pixels.
        fps: Frames per second.
        gop: Largest distance between key frames.
    """

    segment: Segment
    path: Path
    size: tuple[int, int]
    fps: float
    gop: int

    def stamp(self, footage: Footage) -> str:
        """Text in the file that tells whether it is this very segment."""
        return (
            f"{_STAMP} v1, source {footage.path.name}, "
            f"{footage.path.stat().st_size} bytes, frames {self.segment.start}-"
            f"{self.segment.stop - 1}, {self.size[0]}x{self.size[1]}, "
            f"{self.fps:.6g} fps, gop {self.gop}"
        )


def missing_segments(
    footage: Footage, videos: Sequence[SegmentVideo]
) -> list[SegmentVideo]:
    """Segments whose video is not there, or was made of other frames or settings.

    Args:
        footage: The raw video.
        videos: Its segments.

    Returns:
        Segments to cut. A video appears only when it is complete, hence one with the
        right stamp is whole.
    """
    return [v for v in videos if _read_stamp(v.path) != v.stamp(footage)]


def cut_footage(
    footage: Footage,
    videos: Sequence[SegmentVideo],
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Decode footage once, in sequence, and write its segments.

    Args:
        footage: The raw video.
        videos: Segments to write, in the order of their frames.
        advance: Called with the number of frames done since the last call.

    Raises:
        ValueError: The footage is damaged.
    """
    for video in videos:
        segment = video.segment
        frames = footage.reader.iterate(segment.start, segment.stop)
        write_video(
            video.path,
            _counted(frames, advance),
            video.fps,
            size=video.size,
            gop=video.gop,
            comment=video.stamp(footage),
        )
    footage.reader.close()


def _counted(
    frames: Iterator[NDArray[np.uint8]], advance: Callable[[int], None]
) -> Iterator[NDArray[np.uint8]]:
    for frame in frames:
        yield frame
        advance(1)


def is_segment(path: Path) -> bool:
    """Tell a video that was cut here from others.

    Args:
        path: A video.
    """
    return (_read_stamp(path) or "").startswith(_STAMP)


def _read_stamp(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        with av.open(str(path)) as container:
            return container.metadata.get("comment")
    except (av.FFmpegError, OSError):
        return None


def output_size(text: str, width: int, height: int) -> tuple[int, int]:
    """Size to scale a video to.

    Args:
        text: ``'keep'``, ``'WxH'``, or the length of the short side, which only ever
            shrinks a video and keeps its aspect ratio.
        width: Width of the footage in pixels.
        height: Height of the footage in pixels.

    Returns:
        Even width and height (H.264 with yuv420p has no odd ones).

    Raises:
        ValueError: The text is none of the three.
    """
    parts = text.lower().split("x")
    if text == "keep":
        size = (float(width), float(height))
    elif len(parts) == 2 and all(p.isdecimal() and int(p) > 0 for p in parts):
        size = (float(parts[0]), float(parts[1]))
    elif len(parts) == 1 and text.isdecimal() and int(text) > 0:
        scale = min(1.0, int(text) / min(width, height))
        size = (width * scale, height * scale)
    else:
        raise ValueError(f"size {text!r} is none of: keep, 160x90, 256 (short side)")
    even = [max(2, 2 * round(length / 2)) for length in size]
    return even[0], even[1]
