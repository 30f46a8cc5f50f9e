"""Seconds to frames, by the time stamps of the frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.video import VideoProbe, VideoReader

_ROUNDING = 1e-3  # tools write times with three decimals
_NEAR = 1.5  # frames that a tool's time of a frame may be off


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


def frames_at_rate(
    numbers: NDArray[np.int64], rate: float, times: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Frames of numbers that count pictures at a rate of their own.

    Args:
        numbers: ``(N,)``, from 0.
        rate: Pictures per second.
        times: ``(F,)`` seconds of the video's frames.

    Returns:
        ``(N,)``, from 1.
    """
    return frames_of_seconds(numbers / rate, times)


def rate_problem(
    numbers: NDArray[np.int64],
    seconds: Sequence[float | None],
    count: float | None,
    duration: float | None,
    probe: VideoProbe,
) -> str:
    """Compare what a file says about the frames of a video with the video.

    Args:
        numbers: ``(N,)`` frames, from 1.
        seconds: Time of each; None where the file does not say.
        count: Number of frames that the file names.
        duration: Length in seconds that the file names.
        probe: The video.

    Returns:
        What contradicts what, and the option that decides; '' if all agree.
    """
    own = probe.num_frames / probe.fps
    if duration and abs(duration - own) > max(0.5, 0.03 * own):
        return (
            f"the file says {duration:g} s, the video has {own:.2f} s: this is not the "
            "video that was annotated, or --sampled-fps"
        )
    if count and not duration and abs(count - probe.num_frames) > 1:
        return (
            f"the file counts {count:g} frames, the video has {probe.num_frames}: how "
            "many per second does the file count, --sampled-fps 25?"
        )
    rate = count / duration if count and duration else probe.fps
    for number, time in zip(numbers.tolist(), seconds, strict=True):
        if time is not None and abs(time * rate - number) > _NEAR:
            return (
                f"frame {number} has time {time:g}, which is frame {time * rate:.0f} "
                f"at {rate:.4g} per second: how many per second does the file count, "
                "--sampled-fps 25?"
            )
    return ""
