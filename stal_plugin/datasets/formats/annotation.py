"""Boxes with actions and persons of a set of videos, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats.video_info import VideoInfo


def _empty(*shape: int, dtype: type = np.int64) -> NDArray:
    return np.zeros(shape, dtype)


@dataclass
class Annotation:
    """Boxes with actions and persons of a set of videos.

    The row arrays are parallel: one row per (box, label), sorted by the order of the
    videos, then by frame. A frame without a row has no box.

    Args:
        classes: Names of the actions; ``classes[i]`` has ``action_id`` i + 1.
        videos: Videos by id.
        mirrored_classes: Pairs of actions that swap under a horizontal flip.
        reversed_classes: Pairs of actions that show each other's motion backwards.
        synthetic: Whether the footage was generated.
        note: Free text on the origin of the data.
        video_ids: ``(N,)`` str.
        frames: ``(N,)`` int64, 1-based.
        boxes: ``(N, 4)`` float64, xyxy corners normalised to [0, 1].
        action_ids: ``(N,)`` int64, 1-based.
        person_ids: ``(N,)`` int64, unique within a video; -1 where unknown.
    """

    classes: list[str]
    videos: dict[str, VideoInfo]
    mirrored_classes: list[tuple[str, str]] = field(default_factory=list)
    reversed_classes: list[tuple[str, str]] = field(default_factory=list)
    synthetic: bool = False
    note: str = ""
    video_ids: NDArray = field(default_factory=lambda: _empty(0, dtype=object))
    frames: NDArray[np.int64] = field(default_factory=lambda: _empty(0))
    boxes: NDArray[np.float64] = field(
        default_factory=lambda: _empty(0, 4, dtype=np.float64)
    )
    action_ids: NDArray[np.int64] = field(default_factory=lambda: _empty(0))
    person_ids: NDArray[np.int64] = field(default_factory=lambda: _empty(0))

    def __len__(self) -> int:
        return len(self.frames)

    def video_index(self) -> NDArray[np.int64]:
        """Place of each row's video in ``videos``.

        Returns:
            ``(N,)`` int64; -1 for an id that is not in ``videos``.
        """
        order = {video_id: i for i, video_id in enumerate(self.videos)}
        return np.fromiter(
            (order.get(v, -1) for v in self.video_ids), np.int64, len(self.video_ids)
        )

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
                known = sorted({s for v in self.videos.values() for s in v.splits})
                raise ValueError(f"no video has split {name!r}; splits are {known}")
            bounds = np.array([r or (1, 0) for r in ranges], dtype=np.int64)
            first, last = bounds[index].T
            inside |= (self.frames >= first) & (self.frames <= last)
        return inside
