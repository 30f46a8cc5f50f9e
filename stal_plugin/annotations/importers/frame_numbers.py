"""Numbers of frames as tools count them to frames from 1."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.problems import raise_problems
from stal_plugin.video import FrameFolderReader

_ROUNDING = 1e-3  # tools write times with three decimals


def frames_of_seconds(
    seconds: NDArray[np.float64], fps: float, start: float
) -> NDArray[np.int64]:
    """Frames that are shown at some times.

    Args:
        seconds: ``(N,)``.
        fps: Frames per second.
        start: Time of the first frame.

    Returns:
        ``(N,)``, from 1.
    """
    return np.floor((seconds - start + _ROUNDING) * fps).astype(np.int64) + 1


def first_number(
    numbers: NDArray[np.float64], base: int | None, path: Path
) -> tuple[int, str]:
    """Number that a tool gives to a video's first frame.

    Args:
        numbers: Its numbers of frames.
        base: What the user or the format says; None if neither does.
        path: The video.

    Returns:
        The number, and how it was found. Without ``base`` it is the number of the first
        image of a folder of frames; for a file it is 0 if a frame is 0, else 1.
    """
    if base is not None:
        return base, "as told"
    if path.is_dir():
        match = re.search(r"(\d+)$", FrameFolderReader(path).files[0].stem)
        if match:
            return int(match[1]), "the first image of the folder"
    has_zero = bool((numbers == 0).any())
    return (0, "frame 0 is used") if has_zero else (1, "frame 0 is not used")


def check_frames(
    source: object,
    video: str,
    frames: NDArray[np.int64],
    length: int,
    text: Callable[[int], str],
    hint: str,
) -> None:
    """Check that frames are in their video.

    Args:
        source: The annotation file, for the error.
        video: The video, for the error.
        frames: ``(N,)``, from 1.
        length: Frames of the video.
        text: What row i says, for the error.
        hint: What the user can do.

    Raises:
        ValueError: Names the first rows.
    """
    bad = np.flatnonzero((frames < 1) | (frames > length)).tolist()
    problems = [
        f"{text(i)} is frame {frames[i]} of {video!r}, which has {length}" for i in bad
    ]
    raise_problems(source, problems, hint)
