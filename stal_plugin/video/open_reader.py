"""Choose the reader for a video."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.video.frame_folder_reader import FrameFolderReader
from stal_plugin.video.video_reader import VideoReader


def open_reader(path: str | PathLike) -> VideoReader | FrameFolderReader:
    """Reader for a video file or for a folder of frames.

    Args:
        path: File or folder.

    Returns:
        A reader with ``read``, ``iterate``, ``num_frames`` and ``close``.

    Raises:
        FileNotFoundError: There is neither.
    """
    if Path(path).is_dir():
        return FrameFolderReader(path)
    if not Path(path).is_file():
        raise FileNotFoundError(f"video {path} is missing (no file, no folder)")
    return VideoReader(path)


def read_frames(
    path: str | PathLike, indices: Iterable[int]
) -> Iterator[NDArray[np.uint8]]:
    """Read chosen frames of a video one at a time; the reader is closed at the end.

    Args:
        path: File or folder.
        indices: 0-based; fast where they rise.

    Yields:
        ``(H, W, 3)`` RGB.

    Raises:
        FileNotFoundError: There is neither a file nor a folder.
    """
    with closing(open_reader(path)) as reader:
        for index in indices:
            yield reader.read([index])[0]
