"""Decoded frames on disk: a folder of bounded size that several processes share."""

import logging
import mmap
import os
import shutil
import struct
import time
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from stal_plugin.files.atomic_file import atomic_file

_logger = logging.getLogger(__name__)

SUFFIX = ".frames"
_MAGIC = b"STALRGB1"
#: Magic, number of frames, height, width, both as decoded, checksum of the pixels.
_HEADER = struct.Struct("<8s6I")
#: The disk is never filled up: so many bytes stay free.
_STAYS_FREE = 1 << 30
_SECONDS = 60.0
#: Files that a process keeps mapped; each needs a file handle.
_MAPPED = 128


@dataclass(frozen=True)
class StoredFrames:
    """Frames of a video.

    Args:
        images: RGB ``(H, W, 3)`` uint8; out of a store they cannot be written.
        original_shape: Height and width as decoded.
    """

    images: list[NDArray[np.uint8]]
    original_shape: tuple[int, int]


class FrameStore:
    """Stretches of decoded video in a folder, each a file.

    A file has its name when it is complete, and its checksum is compared once by each
    process: a torn or altered file counts as absent and is replaced. One process
    writes at a time. What is there stays until a store that was made later needs the
    room: then what was not used since goes, the oldest first. Nothing that was used
    since is removed; if there is no room, frames are not stored, so that of a data set
    that does not fit a part is kept, and not each frame in turn for a while. Files
    are mapped into memory: processes share it, and the system frees it when it must.

    Args:
        folder: Is made when something is stored.
        max_bytes: Of all files in the folder together.
    """

    def __init__(self, folder: str | os.PathLike, max_bytes: int) -> None:
        self.folder = Path(folder)
        self.max_bytes = max_bytes
        self.is_full = max_bytes <= 0
        self._begin = time.time() - 1  # clocks of files may be coarse
        self._checked: set[str] = set()
        self._maps: OrderedDict[str, tuple[NDArray, tuple[int, int]]] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_maps": OrderedDict()}

    def read(self, name: str, places: Sequence[int]) -> StoredFrames | None:
        """Read frames of a stretch.

        Args:
            name: Of the stretch.
            places: Of the frames in it, from 0.

        Returns:
            The frames; None if they are not there.
        """
        found = self._maps.pop(name, None)
        if found is None:
            try:
                found = self._map(name)
            except (OSError, ValueError):  # not there; empty
                return None
        if found is None:
            return None
        self._maps[name] = found
        if len(self._maps) > _MAPPED:
            self._maps.popitem(last=False)
        images, original_shape = found
        if not 0 <= min(places) <= max(places) < len(images):
            return None
        return StoredFrames([images[place] for place in places], original_shape)

    def write(self, name: str, frames: StoredFrames) -> bool:
        """Store a stretch.

        Args:
            name: Letters, digits and hyphens.
            frames: All frames of the stretch, of one size.

        Returns:
            Whether it is stored. If not, ``is_full`` is set: there is no room, or the
            folder cannot be written, which is logged once.
        """
        if self.is_full:
            return False
        size = _HEADER.size + sum(image.nbytes for image in frames.images)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock", timeout=_SECONDS):
                self.is_full = not self._make_room(size)
                if not self.is_full:
                    with atomic_file(self._path(name)) as part:
                        _write_frames(part, frames)
        except (OSError, NotImplementedError, Timeout) as error:
            self.is_full = True
            _logger.warning("decoded frames are not kept: %s", error)
        if not self.is_full:
            self._checked.add(name)
        return not self.is_full

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"

    def _map(self, name: str) -> tuple[NDArray, tuple[int, int]] | None:
        """Map a file, ``(T, H, W, 3)``, and return its original size; None if bad."""
        with self._path(name).open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(data) < _HEADER.size:
            return None
        magic, count, height, width, *original, checksum = _HEADER.unpack_from(data)
        pixels = np.frombuffer(data, np.uint8, offset=_HEADER.size)
        if magic != _MAGIC or len(pixels) != count * height * width * 3:
            return None
        if name not in self._checked:
            if zlib.crc32(pixels.data) != checksum:
                return None
            with suppress(OSError):  # a folder that may only be read
                os.utime(self._path(name))
            self._checked.add(name)
        return pixels.reshape(count, height, width, 3), (original[0], original[1])

    def _make_room(self, size: int) -> bool:
        """Remove what is not needed until so many bytes fit; only under the lock."""
        files, total = [], 0
        for entry in os.scandir(self.folder):
            if entry.name.endswith(".part"):  # of a process that was killed
                os.unlink(entry.path)
            elif entry.name.endswith(SUFFIX):
                stat = entry.stat()
                files.append((stat.st_mtime, stat.st_size, entry.path))
                total += stat.st_size
        free = shutil.disk_usage(self.folder).free
        missing = max(total + size - self.max_bytes, size + _STAYS_FREE - free)
        old = sorted(file for file in files if file[0] < self._begin)
        if missing > sum(file[1] for file in old):
            return False
        for _, bytes_freed, path in old:
            if missing <= 0:
                break
            os.unlink(path)
            missing -= bytes_freed
        return True


def _write_frames(path: Path, frames: StoredFrames) -> None:
    images = [np.ascontiguousarray(image) for image in frames.images]
    checksum = 0
    for image in images:
        checksum = zlib.crc32(image.data, checksum)
    height, width = images[0].shape[:2]
    original = frames.original_shape
    header = _HEADER.pack(_MAGIC, len(images), height, width, *original, checksum)
    with path.open("wb") as file:
        file.write(header)
        for image in images:
            file.write(image.data)
