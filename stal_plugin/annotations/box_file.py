"""What a file of boxes says, whatever format it has."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stal_plugin.structures.box_table import BoxTable


@dataclass(frozen=True)
class BoxFile:
    """Boxes of ground truth or predictions, and what their file says beside them.

    Args:
        rows: The boxes. ``frames`` are numbers of frames or seconds, 0 or more, as the
            file counts them.
        in_pixels: Whether the boxes are in pixels, or normalised.
        listed_videos: ``(L,)`` str, videos of frames that the file names, with boxes or
            without.
        listed_frames: ``(L,)`` int64, their numbers.
        sizes: Width and height in pixels by video, as far as the file says.
        classes: Names of the classes, if the file says.
    """

    rows: BoxTable
    in_pixels: bool
    listed_videos: NDArray = field(default_factory=lambda: np.zeros(0, object))
    listed_frames: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
