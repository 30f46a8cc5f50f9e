"""One action of one person through a video."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ActionTube:
    """Boxes of one person doing one action.

    Args:
        label: 0-based class.
        frames: ``(N,)`` int64, 1-based.
        boxes: ``(N, 4)`` float64 xyxy in pixels, corners of the first and the last
            pixel inside, 0-based.
    """

    label: int
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
