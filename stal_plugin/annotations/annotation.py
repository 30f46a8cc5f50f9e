"""Boxes with actions and persons of a set of videos, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stal_plugin.structures.box_table import BoxTable, indices_of

# First and last frame of each run, both included, ascending.
FrameRanges = tuple[tuple[int, int], ...]


def ranges_of_frames(frames: NDArray[np.int64]) -> FrameRanges:
    """Join frames in a row.

    Args:
        frames: ``(N,)`` in any order, with repetitions.

    Returns:
        The fewest ranges that hold exactly these frames.
    """
    frames = np.unique(frames)
    if not len(frames):
        return ()
    gaps = np.flatnonzero(np.diff(frames) > 1)
    first = frames[np.append(0, gaps + 1)]
    last = frames[np.append(gaps, len(frames) - 1)]
    return tuple(zip(first.tolist(), last.tolist(), strict=True))


def frames_of_ranges(ranges: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """List the frames of ranges.

    Args:
        ranges: First and last frame of each, both included, ascending.

    Returns:
        ``(N,)``, ascending.
    """
    first, last = np.array(list(ranges), np.int64).reshape(-1, 2).T
    counts = last - first + 1
    starts = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(first - starts, counts)


def ranges_to_json(ranges: FrameRanges) -> list[int | list[int]]:
    """Write single frames as numbers, runs as pairs."""
    return [a if a == b else [a, b] for a, b in ranges]


def ranges_from_json(value: object, num_frames: int) -> FrameRanges | str:
    """Read what :func:`ranges_to_json` writes.

    Args:
        value: A list of numbers and pairs.
        num_frames: Length of the video.

    Returns:
        The ranges, or what is wrong with them.
    """
    if not isinstance(value, list):
        return f"labelled is {value!r}, must be a list of frames and [first, last]"
    ranges: list[tuple[int, int]] = []
    for item in value:
        pair = item if isinstance(item, list) else [item, item]
        whole = all(type(x) is int for x in pair)
        if len(pair) != 2 or not whole or not 1 <= pair[0] <= pair[1] <= num_frames:
            return (
                f"labelled {item!r} is no frame and no [first, last] in 1..{num_frames}"
            )
        if ranges and pair[0] <= ranges[-1][1]:
            return f"labelled {item!r} follows {list(ranges[-1])}, must ascend"
        ranges.append((pair[0], pair[1]))
    return tuple(ranges)


@dataclass(frozen=True)
class VideoInfo:
    """One video of an annotation.

    Args:
        file: Video file or folder of frames, relative to the annotation's folder.
        fps: Frames per second.
        width: Width in pixels.
        height: Height in pixels.
        num_frames: Number of frames, counted by decoding.
        source: Name of the footage that the video was cut from; videos of one source
            show the same scene.
        split: Name of the split that the whole video belongs to, or one inclusive
            range of 1-based key frames per split.
        labelled: Ranges of the labelled frames, ascending; None: every frame is. A
            labelled frame without a box shows nobody, an unlabelled one is no key
            frame: it neither trains nor tests.
    """

    file: str
    fps: float
    width: int
    height: int
    num_frames: int
    source: str
    split: str | dict[str, tuple[int, int]]
    labelled: FrameRanges | None = None

    def frame_range(self, split: str) -> tuple[int, int] | None:
        """Key frames of a split.

        Args:
            split: Name of the split.

        Returns:
            First and last 1-based frame, both included; None if the video has no
            frame in the split.
        """
        if isinstance(self.split, Mapping):
            return self.split.get(split)
        return (1, self.num_frames) if self.split == split else None

    def labelled_frames(self) -> NDArray[np.int64]:
        """Frames whose boxes are known, ``(M,)``, 1-based and ascending."""
        whole = ((1, self.num_frames),)
        return frames_of_ranges(whole if self.labelled is None else self.labelled)

    def key_frames(self, split: str | None, stride: int = 1) -> NDArray[np.int64]:
        """List the labelled frames of a split.

        Args:
            split: Name of the split; None for the whole video.
            stride: Take every ``stride``-th of them, from the first on.

        Returns:
            ``(M,)``, 1-based and ascending; none if the video is not in the split.
        """
        bounds = (1, self.num_frames) if split is None else self.frame_range(split)
        if bounds is None:
            return np.zeros(0, np.int64)
        if self.labelled is None:
            return np.arange(bounds[0], bounds[1] + 1, stride, dtype=np.int64)
        frames = self.labelled_frames()
        first, end = np.searchsorted(frames, (bounds[0], bounds[1] + 1))
        return frames[first:end:stride]

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that the video has frames in."""
        return tuple(self.split) if isinstance(self.split, Mapping) else (self.split,)


def splits_of(videos: Mapping[str, VideoInfo]) -> list[str]:
    """Names of the splits that some video has frames in, sorted."""
    return sorted({name for info in videos.values() for name in info.splits})


@dataclass
class Annotation:
    """Boxes with actions and persons of a set of videos.

    Args:
        classes: Names of the actions; ``classes[i]`` has label i (in the csv
            ``action_id`` i + 1).
        videos: Videos by id.
        mirrored_classes: Pairs of actions that swap under a horizontal flip.
        reversed_classes: Pairs of actions that show each other's motion backwards.
        synthetic: Whether the footage was generated.
        note: Free text on the origin of the data.
        rows: Normalised boxes in [0, 1] on 1-based frames, sorted by the order of the
            videos, then by frame. A frame without a row has no box.
    """

    classes: list[str]
    videos: dict[str, VideoInfo]
    mirrored_classes: list[tuple[str, str]] = field(default_factory=list)
    reversed_classes: list[tuple[str, str]] = field(default_factory=list)
    synthetic: bool = False
    note: str = ""
    rows: BoxTable = field(default_factory=BoxTable.empty)

    def __len__(self) -> int:
        return len(self.rows)

    def video_index(self) -> NDArray[np.int64]:
        """Place of each row's video in ``videos``.

        Returns:
            ``(N,)`` int64; -1 for an id that is not in ``videos``.
        """
        return indices_of(self.rows.video_ids, self.videos)

    def video_slices(self) -> dict[str, slice]:
        """Rows of each video, for rows sorted by video.

        Returns:
            A slice into the row arrays per video; empty for a video without a box.
        """
        edges = np.searchsorted(self.video_index(), np.arange(len(self.videos) + 1))
        pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        return {v: slice(a, b) for v, (a, b) in zip(self.videos, pairs, strict=True)}

    def in_split(self, split: str | Sequence[str]) -> NDArray[np.bool_]:
        """Rows whose frame belongs to a split.

        Args:
            split: One split, or several of which any counts.

        Returns:
            ``(N,)`` bool.

        Raises:
            ValueError: No video has frames in a split of that name.
        """
        index = self.video_index()
        inside = np.zeros(len(self), dtype=bool)
        for name in [split] if isinstance(split, str) else split:
            ranges = [v.frame_range(name) for v in self.videos.values()]
            if all(r is None for r in ranges):
                known = splits_of(self.videos)
                raise ValueError(f"no video has split {name!r}; splits are {known}")
            bounds = np.array([r or (1, 0) for r in ranges], dtype=np.int64)
            first, last = bounds[index].T
            frames = self.rows.frames
            inside |= (frames >= first) & (frames <= last)
        return inside
