"""Numbers of the frames that are evaluated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.annotations.annotation import VideoInfo, splits_of
from stal_plugin.structures.box_table import indices_of


@dataclass(frozen=True)
class FrameIndex:
    """The evaluated frames, ordered by video and frame (F frames, V videos).

    The position of a frame is its id; so frames of one video have ids in a row.

    Args:
        names: ``V`` names of the videos, ascending.
        videos: ``(F,)`` position of each frame's video in ``names``, ascending.
        frames: ``(F,)`` number of the frame in its video, ascending within a video.
    """

    names: tuple[str, ...]
    videos: np.ndarray
    frames: np.ndarray

    def __len__(self) -> int:
        return len(self.frames)

    @classmethod
    def build(cls, video_ids: np.ndarray, frames: np.ndarray) -> "FrameIndex":
        """Number the distinct frames.

        Args:
            video_ids: ``(N,)`` str, in any order, with repetitions.
            frames: ``(N,)`` int64, 0 or more.
        """
        names = sorted(set(video_ids.tolist()))
        videos = indices_of(video_ids, names)
        order = np.lexsort((frames, videos))
        videos, frames = videos[order], frames[order].astype(np.int64)
        is_new = np.ones(len(order), bool)
        is_new[1:] = (np.diff(videos) != 0) | (np.diff(frames) != 0)
        return cls(tuple(names), videos[is_new], frames[is_new])

    def ids(self, video_ids: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Look up the ids of frames.

        Args:
            video_ids: ``(N,)`` str.
            frames: ``(N,)`` int64.

        Returns:
            ``(N,)`` int64; -1 for a frame that is not evaluated.
        """
        videos = indices_of(video_ids, self.names)
        span = int(max(self.frames.max(initial=0), frames.max(initial=0))) + 1
        known = self.videos * span + self.frames
        keys = videos * span + frames
        if not len(known):
            return np.full(len(keys), -1, np.int64)
        ids = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where((known[ids] == keys) & (videos >= 0), ids, -1)


def index_of_videos(
    videos: Mapping[str, VideoInfo],
    splits: Sequence[str] | None = None,
    stride: int = 1,
) -> FrameIndex:
    """List the key frames of an annotation, as ``STALDataset`` does.

    Args:
        videos: Videos by id.
        splits: Names of splits; None for all labelled frames of all videos.
        stride: Every n-th labelled frame counts, from the first of the split on.

    Returns:
        The frames.

    Raises:
        ValueError: No video has frames in a split of that name, or the stride is
            below 1.
    """
    if stride < 1:
        raise ValueError(f"stride={stride} must be at least 1")
    known = splits_of(videos)
    unknown = [name for name in splits or () if name not in known]
    if unknown:
        raise ValueError(f"no video has split {unknown}; splits are {known}")
    names, frames = [], [np.zeros(0, np.int64)]
    for video, info in videos.items():
        for split in [None] if splits is None else splits:
            frames.append(info.key_frames(split, stride))
            names += [video] * len(frames[-1])
    return FrameIndex.build(np.array(names, dtype=object), np.concatenate(frames))


def splits_without(
    videos: Mapping[str, VideoInfo], video_ids: np.ndarray, frames: np.ndarray
) -> list[str]:
    """Name the splits in which none of some frames lies.

    Args:
        videos: Videos by id.
        video_ids: ``(N,)`` str.
        frames: ``(N,)`` int64.

    Returns:
        The names in alphabetical order.
    """
    names = splits_of(videos)
    return [
        name
        for name in names
        if not (index_of_videos(videos, [name]).ids(video_ids, frames) >= 0).any()
    ]
