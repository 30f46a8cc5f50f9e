"""What the annotation json knows about one video."""

from collections.abc import Mapping
from dataclasses import dataclass


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
    """

    file: str
    fps: float
    width: int
    height: int
    num_frames: int
    source: str
    split: str | dict[str, tuple[int, int]]

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

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that the video has frames in."""
        return tuple(self.split) if isinstance(self.split, Mapping) else (self.split,)
