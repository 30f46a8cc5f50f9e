"""Seconds to frames, by the time stamps of the frames."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.video import VideoProbe, VideoReader

_ROUNDING = 1e-3  # tools write times with three decimals


def frames_of_seconds(
    seconds: NDArray[np.float64], times: NDArray[np.float64], start: float = 0.0
) -> NDArray[np.int64]:
    """Frames that are shown at some times.

    Args:
        seconds: ``(N,)``.
        times: ``(F,)`` seconds from the first frame to each, increasing.
        start: Time of the first frame.

    Returns:
        ``(N,)``, from 1; below 1 or above F for times before or behind the video, which
        ends one usual distance of frames after the last one.
    """
    moments = seconds - start + _ROUNDING
    gap = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    frames = np.searchsorted(times, moments, side="right").astype(np.float64)
    frames = np.where(moments < 0, np.floor(moments / gap) + 1, frames)
    behind = np.floor((moments - times[-1]) / gap)
    return (frames + np.maximum(behind, 0)).astype(np.int64)


def frame_times(path: Path, probe: VideoProbe) -> NDArray[np.float64]:
    """Seconds from the first frame of a video or folder of frames to each.

    Args:
        path: The video.
        probe: Its facts.

    Returns:
        ``(num_frames,)``; for a video the time stamps of its frames.
    """
    if path.is_dir():
        return np.arange(probe.num_frames) / probe.fps
    reader = VideoReader(path)
    times = reader.times
    reader.close()
    return times
