"""Choose the source for what a user names."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.apis.sources.backoff import Backoff, Waiting
from stal_plugin.apis.sources.camera_source import CameraSource
from stal_plugin.apis.sources.files import FileSource, FolderSource, ImageSource
from stal_plugin.apis.sources.source import Source
from stal_plugin.apis.sources.stream_source import StreamSource
from stal_plugin.files.stream_names import check_source

#: What ``ActionDetector`` takes.
Frames = int | str | PathLike | NDArray[np.uint8] | Iterable[NDArray[np.uint8]] | Source


def open_frames(
    src: Frames,
    live: bool | None = None,
    timeout: float = 5.0,
    retry: float = 120.0,
    folder_fps: float = 25.0,
    stream: int | None = None,
    waiting: Waiting | None = None,
) -> Source:
    """Open a camera, stream, file or folder, or take images.

    Args:
        src: Number of a camera (also as text) or ``/dev/video0``; an address such as
            ``rtsp://...`` or ``http://...``; a video file; a folder of images; images
            ``(T, H, W, 3)`` uint8 RGB, or an iterable of ``(H, W, 3)``; a ``Source``,
            which is returned.
        live: Whether an address is a live stream. None: unless it announces its
            length.
        timeout: Seconds without data after which a stream counts as broken.
        retry: Seconds for which a broken stream is opened again.
        folder_fps: Frames per second of a folder of images, and of images.
        stream: Number of the video stream to read, where a file or an address has
            several, as FFmpeg counts, from 0. Default: the longest.
        waiting: Given, a stream that is not there yet is tried for ``retry`` seconds,
            see ``StreamSource``. None: it is an error at once.

    Returns:
        The source, to be iterated over once.

    Raises:
        FileNotFoundError: There is no such file or folder.
        ValueError: The source cannot be opened or read.
    """
    if not isinstance(src, (int, str, PathLike)):
        return _images(src, folder_fps)
    name = str(src)
    path = Path(name)
    if isinstance(src, int) or (name.isdigit() and not path.exists()):
        return CameraSource(int(name))
    if name.startswith("/dev/video"):
        return CameraSource(name)
    if "://" in name:
        return StreamSource(
            name, live, timeout, Backoff(give_up=retry), stream, waiting
        )
    if path.is_dir():
        return FolderSource(path, folder_fps)
    check_source(name)
    return FileSource(path, stream)


def _images(src: Any, fps: float) -> Source:
    if all(hasattr(src, name) for name in ("live", "fps", "num_frames", "close")):
        return src
    if not isinstance(src, Iterable):
        raise ValueError(
            f"a {type(src).__name__} is no source of frames; allowed are a path, an "
            "address, a camera's number, images, and a Source"
        )
    return ImageSource(src, fps)
