"""What the annotation json knows about one video."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats.frame_ranges import FrameRanges, frames_of_ranges


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
