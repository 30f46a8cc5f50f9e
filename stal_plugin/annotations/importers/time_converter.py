"""Frames and times as tools count them to frames of one video."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.frame_numbers import (
    check_frames,
    first_number,
    frames_of_seconds,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.video import VideoProbe

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
        told = options.unit
        self._seconds = boxes.seconds if told is None else told == "seconds"
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
        self,
        numbers: NDArray[np.float64],
        place: Callable[[int], str],
    ) -> NDArray[np.int64]:
        """Convert.

        Args:
            numbers: ``(N,)`` numbers of frames, or seconds.
            place: Where number i is in the file, for errors.

        Returns:
            ``(N,)``, 1-based.

        Raises:
            ValueError: A number is no frame of the video; names the first ones.
        """
        if not self._seconds:
            self._check_whole(numbers, place)
        frames = self._frames(numbers)
        what = "second" if self._seconds else "number"
        check_frames(
            self._source,
            self._path.stem,
            frames,
            self.num_frames,
            lambda i: f"{place(i)}: {what} {numbers[i]:g}",
            _SECONDS_HINT if self._seconds else _BASE_HINT,
        )
        return frames

    def _frames(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        if self._seconds:
            return frames_of_seconds(numbers, self._probe.fps, self._start)
        return numbers.astype(np.int64) - self._first + 1

    def _check_whole(
        self, numbers: NDArray[np.float64], place: Callable[[int], str]
    ) -> None:
        broken = np.flatnonzero(numbers != np.floor(numbers))
        if len(broken):
            i = int(broken[0])
            raise ValueError(
                f"{self._source}: {place(i)}: frame {numbers[i]:g} is no whole number. "
                "Are these times? Then --unit seconds."
            )
