"""Frames and times as tools count them to 1-based frames of one video."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import FrameRanges, ranges_of_frames
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.video import FrameFolderReader, VideoProbe

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
        return base, "as given"
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


_BASE_HINT = (
    "Does the tool count frames from 0 or 1? Say so with --frame-base. Are these "
    "times? Then --unit seconds."
)

_SECONDS_HINT = (
    "Are these numbers of frames? Then --unit frames. Do the times start elsewhere "
    "(AVA: 900)? Then --start."
)


class TimeConverter:
    """Turns a tool's numbers or seconds into frames of one video, from 1.

    Args:
        source: File of the boxes, for errors.
        boxes: What it holds.
        video: Path and facts of the video.
        options: What the user says about it.
        numbers: ``(M,)`` all numbers that the file has of the video: without another
            word they tell which one is the first frame.
        notes: Gets what was assumed.
    """

    def __init__(
        self,
        source: Path,
        boxes: ToolBoxes,
        video: tuple[Path, VideoProbe],
        options: ImportOptions,
        numbers: NDArray[np.float64],
        notes: list[str],
    ) -> None:
        self._source, (self._path, self._probe) = source, video
        #: Frames of the video.
        self.num_frames = self._probe.num_frames
        self._start = options.start
        unit = options.unit
        self._seconds = boxes.seconds if unit is None else unit == "seconds"
        base = boxes.base if options.frame_base is None else options.frame_base
        self._first, how = 0, ""
        if not self._seconds and len(numbers):
            self._first, how = first_number(numbers, base, self._path)
        if how and base is None:
            notes.append(
                f"{self._path.stem}: frames count from {self._first} ({how}); see "
                "--frame-base"
            )

    def __call__(
        self, numbers: NDArray[np.float64], origin: Callable[[int], str]
    ) -> NDArray[np.int64]:
        """Convert.

        Args:
            numbers: ``(N,)`` numbers of frames, or seconds.
            origin: Where number i is in the file, for errors.

        Returns:
            ``(N,)``, 1-based.

        Raises:
            ValueError: A number is no frame of the video; names the first ones.
        """
        if not self._seconds:
            self._check_whole(numbers, origin)
        frames = self._frames(numbers)
        what = "second" if self._seconds else "number"
        check_frames(
            self._source,
            self._path.stem,
            frames,
            self.num_frames,
            lambda i: f"{origin(i)}: {what} {numbers[i]:g}",
            _SECONDS_HINT if self._seconds else _BASE_HINT,
        )
        return frames

    def _frames(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        if self._seconds:
            return frames_of_seconds(numbers, self._probe.fps, self._start)
        return numbers.astype(np.int64) - self._first + 1

    def _check_whole(
        self, numbers: NDArray[np.float64], origin: Callable[[int], str]
    ) -> None:
        broken = np.flatnonzero(numbers != np.floor(numbers))
        if len(broken):
            i = int(broken[0])
            raise ValueError(
                f"{self._source}: {origin(i)}: frame {numbers[i]:g} is no whole "
                "number. Are these times? Then --unit seconds."
            )


def labelled_ranges(
    convert: TimeConverter,
    boxes: ToolBoxes,
    video: str,
    frames: NDArray[np.int64],
    options: ImportOptions,
) -> FrameRanges | None:
    """Find out which frames of a video are labelled.

    Args:
        convert: Converter of the video's times.
        boxes: What the file holds.
        video: Name of the video in the file.
        frames: ``(N,)`` frames of the video's boxes, from 1.
        options: May say that every frame is labelled, or only those that the file
            lists.

    Returns:
        Their ranges; None if all frames are.

    Raises:
        ValueError: The file lists a frame that the video does not have.
    """
    sparse = boxes.sparse if options.labelled is None else options.labelled == "listed"
    if not sparse:
        return None
    listed = np.array(boxes.listed.get(video, ()), np.float64)
    known = convert(listed, lambda _: f"{video}, a frame of the list of frames")
    ranges = ranges_of_frames(np.concatenate([known, frames]))
    return None if ranges == ((1, convert.num_frames),) else ranges
