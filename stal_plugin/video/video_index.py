"""Where the frames of a video file are."""

from dataclasses import dataclass
from fractions import Fraction
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from stal_plugin.video.open_video import (
    checked_frames,
    checked_packets,
    open_video,
)


@dataclass(frozen=True)
class VideoIndex:
    """Frames of a video in the order of presentation.

    Args:
        num_frames: Number of frames.
        pts: ``(num_frames,)`` int64, increasing time stamps in units of the stream's
            time base; None where the file has no usable ones. Then frames are known
            by counting from the start only.
        keyframes: Increasing 0-based indices of frames at which decoding can start.
    """

    num_frames: int
    pts: NDArray[np.int64] | None
    keyframes: NDArray[np.int64]

    def keyframe_before(self, index: int) -> int:
        """Last frame at or before ``index`` at which decoding can start."""
        position = int(np.searchsorted(self.keyframes, index, side="right")) - 1
        return int(self.keyframes[max(position, 0)])


def build_video_index(path: str | PathLike) -> VideoIndex:
    """List the frames of a video without decoding it, where its packets tell.

    Args:
        path: The video file.

    Returns:
        The index; by decoding if packets lack time stamps or share them.

    Raises:
        ValueError: The file is no video or is cut short.
    """
    container, stream = open_video(path)
    with container:
        packets = [
            (packet.pts, packet.is_keyframe)
            for packet in checked_packets(container, stream, path)
            if packet.size and not packet.is_discard
        ]
    stamps = [pts for pts, _ in packets]
    distinct = None not in stamps and len(set(stamps)) == len(stamps)
    if not packets or not distinct or not packets[0][1]:
        return index_by_decoding(path)
    pts = np.array(stamps, dtype=np.int64)
    order = np.argsort(pts)
    is_key = np.array([key for _, key in packets])[order]
    # A stream may begin with frames shown before its first key frame.
    keyframes = np.union1d(0, np.flatnonzero(is_key))
    return VideoIndex(len(pts), pts[order], keyframes)


def index_by_decoding(path: str | PathLike) -> VideoIndex:
    """Count the frames of a video by decoding all of it.

    Args:
        path: The video file.

    Returns:
        An index whose only starting point is the first frame.

    Raises:
        ValueError: The file is no video or is cut short.
    """
    container, stream = open_video(path, "AUTO")
    with container:
        count = sum(1 for _ in checked_frames(container, stream, path))
    return VideoIndex(count, None, np.zeros(1, dtype=np.int64))


def frame_rate(
    rates: tuple[Fraction | None, ...], duration: Fraction | int, num_frames: int
) -> float:
    """Frames per second, from time stamps where there are any.

    Headers are often wrong, hence a header's rate is used only if it agrees with the
    time stamps within 1 %, for being the rounder number.

    Args:
        rates: Rates that the header names.
        duration: Seconds between the first and the last frame; 0 if unknown.
        num_frames: Number of frames.

    Returns:
        Frames per second; 25 if nothing is known.
    """
    known = [float(rate) for rate in rates if rate]
    if duration <= 0 or num_frames < 2:
        return known[0] if known else 25.0
    measured = float((num_frames - 1) / duration)
    near = [rate for rate in known if abs(rate - measured) <= 0.01 * measured]
    return min(near, key=lambda rate: abs(rate - measured), default=measured)
