"""Footage to measure on, of any length and size."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stal_plugin.datasets.video import write_video

FPS = 25


def write_benchmark_video(
    path: str | Path, count: int, width: int, height: int
) -> None:
    """Write a video of a bright rectangle that moves over noise.

    Args:
        path: Where to, mp4.
        count: Frames, 25 per second.
        width: Pixels.
        height: Pixels.
    """
    rng = np.random.default_rng(0)
    background = rng.integers(60, 120, (height, width, 3), dtype=np.uint8)

    def frames() -> Iterator[np.ndarray]:
        for number in range(count):
            image = background.copy()
            left = 3 * number % (width * 3 // 4)
            image[height // 4 : height // 2, left : left + width // 8] = (250, 40, 20)
            yield image

    write_video(path, frames(), FPS, gop=50, crf=28)
