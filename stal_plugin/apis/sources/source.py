"""Frames, and what a source of frames is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """A frame of a source.

    Args:
        image: ``(H, W, 3)`` uint8 RGB, upright.
        number: 1-based.
        time: Seconds since the first frame.
        arrival: When it arrived, on the clock of ``time.monotonic``.
        after_gap: Whether frames are missing before it, because a stream broke off.
    """

    image: NDArray[np.uint8]
    number: int
    time: float
    arrival: float
    after_gap: bool = False


class Source(Protocol):
    """Where frames come from: a file, folder, camera or stream.

    Attributes:
        name: For messages and outputs.
        live: Whether frames come at their own pace, so that a slow reader loses some.
        fps: Frames per second; None if unknown.
        num_frames: Estimate of their number; None if unknown or endless.
    """

    name: str
    live: bool
    fps: float | None
    num_frames: int | None

    def __iter__(self) -> Iterator[Frame]:
        """Read frames one after another, in bounded memory.

        Raises:
            ValueError: The source is damaged or lost. All frames before were yielded.
        """

    def close(self) -> None:
        """Stop reading, from any thread."""
