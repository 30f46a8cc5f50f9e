"""Which picture does a number mean? The one rule of all importers.

A frame may be told by a number, by the number in the name of its image, by a time or by
its place among the pictures that a tool took. What contradicts itself is found by
``contradictions.py``; here the number is looked up in the video.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import FrameRanges, ranges_of_frames
from stal_plugin.annotations.importers.contradictions import crowded_times
from stal_plugin.annotations.importers.frame_times import (
    frame_times,
    frames_of_seconds,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.video import FrameFolderReader, VideoProbe

_BASE_HINT = (
    "Does the tool count frames from 0 or 1? Say so with --frame-base. Are these "
    "times? Then --unit seconds."
)
_SECONDS_HINT = (
    "Are these numbers of frames? Then --unit frames. Do the times start elsewhere "
    "(AVA: 900)? Then --start."
)
_STEP_HINT = "Are --step, --sampled-fps and --frame-base right?"


def first_number(
    numbers: NDArray[np.float64], base: int | None, path: Path
) -> tuple[int, str]:
    """Number that a tool gives to a video's first frame.

    Args:
        numbers: Its numbers of frames.
        base: What the user or the format says; None if neither does.
        path: The video.

    Returns:
        The number and how it was found: without ``base`` that of a folder's first
        image; for a file it is 0 if a frame is 0, else 1.
    """
    if base is not None:
        return base, "as given"
    if path.is_dir():
        images = FrameFolderReader(path).numbers
        if images is not None:
            return int(images[0]), "the first image of the folder"
    zero = bool((numbers == 0).any())
    return (0, "frame 0 is used") if zero else (1, "frame 0 is not used")


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
        source: The annotation file.
        video: The video.
        frames: ``(N,)``, from 1.
        length: Frames of the video.
        text: What row i says.
        hint: What the user can do.

    Raises:
        ValueError: Some are not.
    """
    bad = np.flatnonzero((frames < 1) | (frames > length)).tolist()
    problems = [
        f"{text(i)} is frame {frames[i]} of {video!r}, which has {length}" for i in bad
    ]
    raise_problems(source, problems, hint)


class TimeConverter:
    """Turns a tool's numbers or seconds into frames of one video, from 1.

    Args:
        source: File of the boxes, for errors.
        boxes: What it holds.
        video: Path and facts of the video.
        options: What the user says about it.
        numbers: ``(M,)`` all numbers of the file, which may tell the first frame's.
        notes: Gets what was assumed.
        names: Number in the name of each number's image, if there are images.
    """

    def __init__(
        self,
        source: Path,
        boxes: ToolBoxes,
        video: tuple[Path, VideoProbe],
        options: ImportOptions,
        numbers: NDArray[np.float64],
        notes: list[str],
        names: Mapping[float, int] | None = None,
    ) -> None:
        self._source, (self._path, self._probe) = source, video
        #: Frames of the video.
        self.num_frames = self._probe.num_frames
        if boxes.true_frames:
            options = replace(options, step=None, sampled_fps=None)
        self._options, self._notes, self._names = options, notes, names or {}
        unit, base = options.unit, options.frame_base
        self._seconds = boxes.seconds if unit is None else unit == "seconds"
        by_name = "name" if self._path.is_dir() and names else "number"
        self._by_name = (options.frames_by or by_name) == "name" and not self._seconds
        if base is None and not self._by_name:
            base = boxes.base
        self._first = 0
        #: Numbers of a folder's images, if they tell the frames.
        self._images: NDArray[np.int64] | None = None
        if not self._seconds:
            self._find_first(numbers, base)
        self._note_step()

    def _find_first(self, numbers: NDArray[np.float64], base: int | None) -> None:
        """Find the first frame's number; ``base`` is what was said about it."""
        if len(numbers):
            self._first, how = first_number(self._named(numbers), base, self._path)
            if base is None:
                text = f"frames count from {self._first} ({how}); see --frame-base"
                self._notes.append(f"{self._path.stem}: {text}")
        if base is None and self._path.is_dir():
            self._images = FrameFolderReader(self._path).numbers

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
            ValueError: A number is no frame of the video.
        """
        if not self._seconds:
            self._check_whole(numbers, origin)
        frames = self._frames(self._named(numbers))
        what, hint = "number", _BASE_HINT
        if self._options.step or self._options.sampled_fps:
            hint = _STEP_HINT
        if self._seconds:
            what, hint = "second", _SECONDS_HINT
        check_frames(
            *(self._source, self._path.stem, frames, self.num_frames),
            *(lambda i: f"{origin(i)}: {what} {numbers[i]:g}", hint),
        )
        if self._seconds and self._options.unit is None:
            crowded = crowded_times(numbers, frames, self._probe.fps)
            if crowded:
                raise ValueError(f"{self._source}: {self._path.stem}: {crowded}")
        return frames

    def _named(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Numbers in the names of the images, where these decide."""
        if not self._by_name:
            return numbers
        return np.array([self._names.get(n, n) for n in numbers.tolist()], np.float64)

    def _frames(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        options = self._options
        if self._seconds:
            return self._shown_at(numbers, options.start)
        if options.sampled_fps:
            return self._shown_at((numbers - self._first) / options.sampled_fps, 0.0)
        if self._images is not None and options.step in (None, self._image_step):
            return self._places(numbers)
        return (numbers.astype(np.int64) - self._first) * (options.step or 1) + 1

    def _shown_at(
        self, seconds: NDArray[np.float64], start: float
    ) -> NDArray[np.int64]:
        """Frames at some times, by the time stamps of the video's frames."""
        times = frame_times(self._path, self._probe)
        frames = frames_of_seconds(seconds, times, start)
        even = frames_of_seconds(
            seconds, np.arange(self.num_frames) / self._probe.fps, start
        )
        note = (
            f"{self._path.stem}: its frame rate varies; seconds were looked up among "
            "the time stamps of its frames"
        )
        if (frames != even).any() and note not in self._notes:
            self._notes.append(note)
        return frames

    def _places(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        """Places of numbers among the images of a folder; 0 where there is none."""
        assert self._images is not None
        places = np.searchsorted(self._images, numbers)
        inside = np.minimum(places, len(self._images) - 1)
        return np.where(self._images[inside] == numbers, inside + 1, 0)

    def _note_step(self) -> None:
        """Say that a folder holds every n-th frame only."""
        steps = np.diff([0] if self._images is None else self._images)
        self._image_step = int(steps[0]) if len(steps) else 1
        if self._image_step > 1:
            text = f"images are numbered in steps of {self._image_step}; they are the "
            rate = f"frames of the video, {self._probe.fps:g} per second"
            self._notes.append(f"{self._path.stem}: {text}{rate}")

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
        options: May say which frames are labelled.

    Returns:
        Their ranges; None if all frames are.
    """
    sparse = boxes.sparse if options.labelled is None else options.labelled == "listed"
    if not sparse:
        return None
    listed = np.array(boxes.listed.get(video, ()), np.float64)
    known = convert(listed, lambda _: f"{video}, a frame of the list of frames")
    ranges = ranges_of_frames(np.concatenate([known, frames]))
    return None if ranges == ((1, convert.num_frames),) else ranges
