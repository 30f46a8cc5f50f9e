"""Choose the source for what a user names."""

from os import PathLike
from pathlib import Path

from stal_plugin.apis.sources.camera_source import CameraSource
from stal_plugin.apis.sources.files import FileSource, FolderSource
from stal_plugin.apis.sources.source import Source
from stal_plugin.apis.sources.stream_source import Backoff, StreamSource


def open_frames(
    src: int | str | PathLike,
    live: bool | None = None,
    timeout: float = 5.0,
    retry: float = 120.0,
    folder_fps: float = 25.0,
) -> Source:
    """Open a camera, stream, file or folder.

    Args:
        src: Number of a camera (also as text) or ``/dev/video0``; an address such as
            ``rtsp://...`` or ``http://...``; a video file; a folder of images.
        live: Whether an address is a live stream. None: unless it announces its
            length.
        timeout: Seconds without data after which a stream counts as broken.
        retry: Seconds for which a broken stream is opened again.
        folder_fps: Frames per second of a folder of images.

    Returns:
        The source, to be iterated over once.

    Raises:
        FileNotFoundError: There is no such file or folder.
        ValueError: The source cannot be opened or read.
    """
    name = str(src)
    path = Path(name)
    if isinstance(src, int) or (name.isdigit() and not path.exists()):
        return CameraSource(int(name))
    if name.startswith("/dev/video"):
        return CameraSource(name)
    if "://" in name:
        return StreamSource(name, live, timeout, Backoff(give_up=retry))
    if path.is_dir():
        return FolderSource(path, folder_fps)
    if path.is_file():
        return FileSource(path)
    raise FileNotFoundError(
        f"'{name}' does not exist. Allowed are a video file, a folder of images, a "
        "camera's number (0), and an address such as rtsp://HOST/PATH or http://..."
    )
