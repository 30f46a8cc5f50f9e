"""Read frames out of a store; what is not there is decoded and put there."""

import hashlib
import os
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from stal_plugin.video.frame_folder_reader import FrameFolderReader
from stal_plugin.video.frame_store import FrameStore, StoredFrames
from stal_plugin.video.video_reader import VideoReader

Reader = VideoReader | FrameFolderReader

#: Frames of a file of the store.
STRETCH = 64
#: Larger frames are not stored: a data set of them would not fit.
LARGEST_FRAME = 640 * 480 * 3
_PIECE = 1 << 16


class StoredReader:
    """Read frames of videos out of a store; decode a stretch when it is first needed.

    Stretches begin at multiples of 64 frames, so that of a long video only what is
    used takes room. Pixels are those of the decoder, unless ``side`` is given. Frames
    larger than 640 x 480 (as stored) are decoded each time.

    Args:
        store: Where frames are kept.
        side: Frames whose shorter side is longer are stored shrunk to it (areas
            averaged).
    """

    def __init__(self, store: FrameStore, side: int | None = None) -> None:
        self.store = store
        self.side = side
        self._stamps: dict[str, str] = {}
        self._direct: set[str] = set()  # videos and stretches that are not stored

    def read(
        self, path: str, indices: Sequence[int], reader_of: Callable[[str], Reader]
    ) -> StoredFrames:
        """Read frames.

        Args:
            path: Video file or folder of images.
            indices: 0-based, in any order, repeats allowed.
            reader_of: Opens the video; called only where something is to be decoded.

        Returns:
            The frames in the order of ``indices``; repeated numbers share one array.

        Raises:
            FileNotFoundError: There is no such video.
            ValueError: A number is out of range, or the video is damaged.
        """
        if path not in self._stamps:
            self._stamps[path] = video_stamp(path, self.side)
        images: dict[int, NDArray[np.uint8]] = {}
        numbers = sorted({int(i) for i in indices})
        for stretch, group in groupby(numbers, lambda number: number // STRETCH):
            own = list(group)
            part = self._stretch(path, stretch, own, reader_of)
            images.update(zip(own, part.images, strict=True))
            original = part.original_shape
        return StoredFrames([images[int(i)] for i in indices], original)

    def _stretch(
        self,
        path: str,
        stretch: int,
        numbers: list[int],
        reader_of: Callable[[str], Reader],
    ) -> StoredFrames:
        """Read frames of one stretch, from the store if they are there."""
        name = f"{self._stamps[path]}-{stretch}"
        first = stretch * STRETCH
        found = self.store.read(name, [number - first for number in numbers])
        if found is not None:
            return found
        reader = reader_of(path)
        whole = None
        if not (self.store.is_full or {path, name} & self._direct):
            whole = self._decoded(path, name, first, reader)
        if whole is None or not 0 <= numbers[0] <= numbers[-1] < reader.num_frames:
            images = reader.read(numbers)
            shape = images[0].shape[:2]
            return StoredFrames([_shrunk(i, self.side) for i in images], shape)
        self.store.write(name, whole)
        images = [whole.images[number - first] for number in numbers]
        return StoredFrames(images, whole.original_shape)

    def _decoded(
        self, path: str, name: str, first: int, reader: Reader
    ) -> StoredFrames | None:
        """Decode a stretch; None, now and later, if it cannot be stored."""
        images: list[NDArray[np.uint8]] = []
        shapes = set()
        try:
            for image in reader.iterate(first, min(first + STRETCH, reader.num_frames)):
                shapes.add(image.shape[:2])
                images.append(_shrunk(image, self.side))
                if images[-1].nbytes > LARGEST_FRAME:
                    self._direct.add(path)
                    return None
        except ValueError:  # damaged: the frames before can still be read
            shapes.clear()
        if len(shapes) != 1:
            self._direct.add(name)
            return None
        return StoredFrames(images, shapes.pop())


def _shrunk(image: NDArray[np.uint8], side: int | None) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if side is None or min(height, width) <= side:
        return image
    factor = side / min(height, width)
    size = (round(width * factor), round(height * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def video_stamp(path: str | os.PathLike, side: int | None = None) -> str:
    """Hash of what the decoded frames of a video depend on.

    Place, size, time of the last change and both ends of a file, or names, sizes and
    times of the images of a folder; the versions of the decoders.

    Args:
        path: Video file or folder of images.
        side: See :class:`StoredReader`.

    Raises:
        FileNotFoundError: There is no such video.
    """
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"video {path} is missing (no file, no folder)")
    parts = [os.path.realpath(path), av.__version__, cv2.__version__, side]
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    for file in files:
        stat = file.stat()
        parts += [file.name, stat.st_size, stat.st_mtime_ns]
    digest = hashlib.sha256(repr(parts).encode())
    if not place.is_dir():
        digest.update(_ends(place))
    return digest.hexdigest()[:32]


def _ends(path: Path) -> bytes:
    """First and last bytes of a file."""
    with path.open("rb") as file:
        start = file.read(_PIECE)
        file.seek(max(path.stat().st_size - _PIECE, 0))
        return start + file.read(_PIECE)
