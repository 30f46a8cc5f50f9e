"""Write H.264 mp4 files that browsers play."""

from collections.abc import Iterable
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.video.video_writer import VideoWriter


def write_video(
    path: str | PathLike,
    frames: Iterable[NDArray[np.uint8]],
    fps: float,
    size: tuple[int, int] | None = None,
    gop: int = 12,
    *,
    crf: int = 18,
    comment: str = "",
) -> int:
    """Encode frames as H.264 yuv420p; the file appears when it is complete.

    yuv420p has even sizes only: an odd width or height grows by one pixel that repeats
    the last column or row. One encoder thread and no B-frames, so that the same frames
    give the same file on every machine and random access is fast.

    Args:
        path: The mp4 file.
        frames: RGB images ``(H, W, 3)``, taken one at a time.
        fps: Frames per second.
        size: Width and height to scale the frames to. Default: that of the first.
        gop: Largest distance between key frames.
        crf: Quality of x264, 0 (lossless) to 51.
        comment: Text for the container's comment field.

    Returns:
        Number of frames written.

    Raises:
        ValueError: There is no frame, or the file name does not end in ``.mp4``.
    """
    writer = VideoWriter(path, fps, size, gop, crf=crf, comment=comment)
    try:
        for image in frames:
            writer.write(image)
        if not writer.count:
            raise ValueError(f"{path}: there are no frames to write")
        writer.close()
    except BaseException:
        writer.discard()
        raise
    return writer.count
