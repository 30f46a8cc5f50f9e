"""Frames of video files, of folders of images, and of images in memory."""

import time
from collections.abc import Iterable, Iterator
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from stal_plugin.apis.sources.source import Frame
from stal_plugin.video.frame_folder_reader import FrameFolderReader
from stal_plugin.video.open_video import open_video
from stal_plugin.video.sequential_reader import SequentialReader


class FileSource:
    """Frames of a video file, each one, at the reader's pace.

    Args:
        path: The file.
        stream: Number of the stream to read, if there are several; see
            ``video_stream``. Default: the longest.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no video, or has no such stream.
    """

    live = False

    def __init__(self, path: str | PathLike, stream: int | None = None) -> None:
        self.name = str(path)
        container, chosen = open_video(path, "AUTO", stream)
        self._reader = SequentialReader(container, path, number=chosen.index)
        self._container = container
        self.fps = self._reader.fps
        self.num_frames = self._reader.num_frames

    @property
    def pixel_aspect(self) -> float:
        """Width over height of a pixel of the images; once the first one was read."""
        return self._reader.pixel_aspect

    def __iter__(self) -> Iterator[Frame]:
        """Read the file, once."""
        for number, (image, seconds) in enumerate(self._reader, 1):
            yield Frame(image, number, seconds, time.monotonic())

    def close(self) -> None:
        """Close the file."""
        self._container.close()


class FolderSource:
    """Frames of a folder of images, each one, at the reader's pace.

    Args:
        path: The folder.
        fps: Frames per second, which a folder does not tell.

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: It has no image, or a number is missing.
    """

    live = False

    def __init__(self, path: str | PathLike, fps: float = 25.0) -> None:
        self.name = str(path)
        self.fps: float | None = fps
        self._rate = fps
        self._reader = FrameFolderReader(path)
        self.num_frames: int | None = self._reader.num_frames

    def __iter__(self) -> Iterator[Frame]:
        """Read the images."""
        for number, image in enumerate(self._reader.iterate(), 1):
            seconds = (number - 1) / self._rate
            yield Frame(image, number, seconds, time.monotonic())

    def close(self) -> None:
        """Do nothing: no file stays open."""


class ImageSource:
    """Images in memory, one after another.

    Args:
        images: ``(T, H, W, 3)`` uint8 RGB, or any iterable of ``(H, W, 3)``, such as a
            generator; it is read as the results are taken.
        fps: Frames per second.

    Raises:
        ValueError: While reading: an image has another shape or type.
    """

    live = False
    name = "images"

    def __init__(self, images: Iterable[NDArray[np.uint8]], fps: float = 25.0) -> None:
        self.fps: float | None = fps
        self._rate = fps
        self._images = images
        length = getattr(images, "__len__", None)
        self.num_frames: int | None = length() if length else None

    def __iter__(self) -> Iterator[Frame]:
        """Read the images."""
        for number, image in enumerate(self._images, 1):
            array = np.asarray(image)
            if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
                raise ValueError(
                    f"image {number} is {array.dtype} of shape {array.shape}, must be "
                    "uint8 RGB of shape (H, W, 3)"
                )
            seconds = (number - 1) / self._rate
            yield Frame(np.ascontiguousarray(array), number, seconds, time.monotonic())

    def close(self) -> None:
        """Do nothing: the images belong to the caller."""
