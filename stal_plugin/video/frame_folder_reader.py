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
    number. Numbers may start anywhere and go on in steps of 1 or of another number, as
    long as it is the same one throughout: then every n-th frame was saved.

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
        numbers = image_numbers(files)
        if numbers is None:
            return _in_order_of_names(folder, files)
        order = np.argsort(numbers, kind="stable")
        _check_steps(folder, [files[i] for i in order], np.diff(numbers[order]))
        return [files[i] for i in order]

    @property
    def numbers(self) -> NDArray[np.int64] | None:
        """Numbers in the names of the images, ascending; None if they have none."""
        return image_numbers(self.files)

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


def image_numbers(files: Sequence[Path]) -> NDArray[np.int64] | None:
    """Numbers at the end of the names of images.

    Args:
        files: The images of one folder.

    Returns:
        ``(N,)``; None if no name ends in a number.

    Raises:
        ValueError: Some names end in a number, others do not: their order is unknown.
    """
    matches = [re.search(r"(\d{1,15})$", file.stem) for file in files]
    without = [
        file.name for file, match in zip(files, matches, strict=True) if not match
    ]
    if len(without) == len(files):
        return None
    if without:
        raise ValueError(
            f"{files[0].parent}: {len(without)} of {len(files)} images have no number "
            f"at the end of their names, such as {without[0]}: is it a frame of the "
            "video? Take it out of the folder, or number all"
        )
    return np.array([int(match[1]) for match in matches if match], np.int64)


def _in_order_of_names(folder: Path, files: Sequence[Path]) -> list[Path]:
    """Sort names without a number at their ends, if it is clear how."""

    def natural(file: Path) -> list[tuple[int, str]]:
        parts = re.findall(r"\d+|\D+", file.stem)
        return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]

    files = sorted(files)
    if files != sorted(files, key=natural):
        raise ValueError(
            f"{folder}: the order of the images is unclear, for numbers within their "
            f"names have different lengths ({files[0].name}, {files[1].name}, ...): "
            "put the number at the end of the names, or fill it up with zeros"
        )
    return files


def _check_steps(folder: Path, files: Sequence[Path], steps: NDArray[np.int64]) -> None:
    """Require one distance between the numbers of images in their order."""
    odd = np.flatnonzero((steps != steps[:1]) | (steps < 1))
    if len(odd):
        usual = int(np.bincount(np.clip(steps, 0, 10**6)).argmax())
        place = int(np.flatnonzero((steps != usual) | (steps < 1))[0])
        raise ValueError(
            f"{folder}: frames must be numbered without gaps or repeats, but "
            f"{files[place].name} is followed by {files[place + 1].name}"
        )


def _load(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is damaged or no image")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
