"""Write H.264 mp4 files that browsers play."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from os import PathLike
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray


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
    path = Path(path)
    if path.suffix.lower() != ".mp4":
        raise ValueError(f"{path}: the name of a video must end in .mp4")
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise ValueError(f"{path}: there are no frames to write")
    width, height = size or (first.shape[1], first.shape[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    count = 0
    try:
        with av.open(
            str(part), "w", format="mp4", options={"movflags": "faststart"}
        ) as container:
            container.metadata["comment"] = comment
            stream = container.add_stream(
                "libx264", rate=Fraction(fps).limit_denominator(1001)
            )
            stream.width, stream.height = width + width % 2, height + height % 2
            stream.pix_fmt = "yuv420p"
            stream.codec_context.gop_size = gop
            stream.codec_context.max_b_frames = 0
            stream.codec_context.thread_count = 1
            stream.options = {"crf": str(crf), "preset": "veryfast"}
            for image in chain([first], iterator):
                # OpenCV converts several times as fast as PyAV does per frame.
                planes = cv2.cvtColor(
                    _fit(image, width, height), cv2.COLOR_RGB2YUV_I420
                )
                frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                container.mux(stream.encode(frame))
                count += 1
            container.mux(stream.encode(None))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _fit(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if image.shape[:2] != (height, width):
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    if width % 2 or height % 2:
        image = cv2.copyMakeBorder(
            image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE
        )
    return np.ascontiguousarray(image)
