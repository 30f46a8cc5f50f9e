"""Frames of a folder of images."""

import time
from collections.abc import Iterator
from os import PathLike

from stal_plugin.apis.sources.frame import Frame
from stal_plugin.datasets.video.frame_folder_reader import FrameFolderReader


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
