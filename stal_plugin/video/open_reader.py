"""Choose the reader for a video."""

from os import PathLike
from pathlib import Path

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
