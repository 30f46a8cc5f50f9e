"""Write segments of footage as videos of their own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.conversion.footage import Footage
from stal_plugin.datasets.conversion.segmentation import Segment
from stal_plugin.datasets.video import write_video


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
            f"stal_plugin segment v1, source {footage.path.name}, "
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


def _read_stamp(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        with av.open(str(path)) as container:
            return container.metadata.get("comment")
    except (av.FFmpegError, OSError):
        return None
