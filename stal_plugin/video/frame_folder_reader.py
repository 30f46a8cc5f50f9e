"""Random access to a video that lies as a folder of images."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


class FrameFolderReader:
    """Read frames of a folder of images by number.

    The images are taken in the order of the number at the end of their names
    (``00001.jpg``, ``img_00001.png``), or in the order of their names if these have no
    number. Numbers must be consecutive, but may start anywhere.

    Args:
        path: The folder.
    """

    def __init__(self, path: str | PathLike) -> None:
        self.path = str(path)

    @cached_property
    def files(self) -> list[Path]:
        """Images in order; hidden files and other types are left out."""
        folder = Path(self.path)
        if not folder.is_dir():
            raise FileNotFoundError(f"folder of frames {folder} is missing")
        files = [
            file
            for file in folder.iterdir()
            if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        ]
        if not files:
            raise ValueError(f"{folder} has no image ({', '.join(SUFFIXES)})")
        matches = [re.search(r"(\d+)$", file.stem) for file in files]
        if not all(matches):
            return sorted(files)
        numbers = np.array([int(match[1]) for match in matches if match])
        order = np.argsort(numbers, kind="stable")
        steps = np.flatnonzero(np.diff(numbers[order]) != 1)
        if len(steps):
            before, after = (files[order[steps[0] + i]].name for i in (0, 1))
            raise ValueError(
                f"{folder}: frames must be numbered without gaps or repeats, but "
                f"{before} is followed by {after}"
            )
        return [files[i] for i in order]

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return len(self.files)

    def read(self, indices: Sequence[int] | NDArray) -> list[NDArray[np.uint8]]:
        """Load frames.

        Args:
            indices: 0-based frame numbers in any order, repeats allowed.

        Returns:
            RGB images ``(H, W, 3)`` in the order of ``indices``; repeated numbers share
            one array.

        Raises:
            FileNotFoundError: There is no such folder.
            ValueError: A number is out of range, or an image is damaged.
        """
        images: dict[int, NDArray[np.uint8]] = {}
        for index in {int(i) for i in indices}:
            if not 0 <= index < self.num_frames:
                last = self.num_frames - 1
                raise ValueError(
                    f"{self.path}: frame index {index} is not in 0..{last}"
                )
            images[index] = _load(self.files[index])
        return [images[int(i)] for i in indices]

    def iterate(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray]:
        """Load a stretch of frames one after another.

        Args:
            start: 0-based number of the first frame.
            stop: Number after the last frame; None for the end of the video.

        Yields:
            RGB images ``(H, W, 3)``.
        """
        for index in range(start, self.num_frames if stop is None else stop):
            yield self.read([index])[0]

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _load(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is damaged or no image")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
