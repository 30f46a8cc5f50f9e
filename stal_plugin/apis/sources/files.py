"""Frames of video files and of folders of images."""

import time
from collections.abc import Iterator
from os import PathLike

from stal_plugin.apis.sources.source import Frame
from stal_plugin.video.frame_folder_reader import FrameFolderReader
from stal_plugin.video.open_video import open_video
from stal_plugin.video.sequential_reader import SequentialReader


class FileSource:
    """Frames of a video file, each one, at the reader's pace.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no video.
    """

    live = False

    def __init__(self, path: str | PathLike) -> None:
        self.name = str(path)
        container, _ = open_video(path, "AUTO")
        self._reader = SequentialReader(container, path)
        self._container = container
        self.fps = self._reader.fps
        self.num_frames = self._reader.num_frames

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
