"""Boxes of ground truth or predictions, whatever file they come from."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


def _no_names() -> NDArray:
    return np.zeros(0, dtype=object)


def _no_frames() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class BoxTable:
    """Boxes with actions, one row per (box, label).

    Args:
        video_ids: ``(M,)`` str.
        frames: ``(M,)`` int64, number of the frame or second, 0 or more.
        boxes: ``(M, 4)`` float64 xyxy, in pixels or normalised.
        action_ids: ``(M,)`` int64, 1-based.
        scores: ``(M,)`` float64; 1 for ground truth.
        objectness: ``(M,)`` float64; the scores where the file has none.
        person_ids: ``(M,)`` int64; -1 where unknown.
        pixels: Whether the boxes are in pixels.
        listed_videos: ``(L,)`` str, videos of frames that the file names, with boxes or
            without.
        listed_frames: ``(L,)`` int64, their numbers.
        sizes: Width and height in pixels by video, as far as the file says.
        classes: Names of the actions, if the file says.
    """

    video_ids: NDArray
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    action_ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    objectness: NDArray[np.float64]
    person_ids: NDArray[np.int64]
    pixels: bool
    listed_videos: NDArray = field(default_factory=_no_names)
    listed_frames: NDArray[np.int64] = field(default_factory=_no_frames)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frames)
