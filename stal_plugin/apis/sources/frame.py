"""A frame of a source."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """A frame of a source.

    Args:
        image: ``(H, W, 3)`` uint8 RGB, upright.
        number: 1-based.
        time: Seconds since the first frame.
        arrival: When it was there, on the clock of ``time.monotonic``.
        after_gap: Whether frames are missing before it, because a stream broke off.
    """

    image: NDArray[np.uint8]
    number: int
    time: float
    arrival: float
    after_gap: bool = False
