"""Size, length, rate and rotation of a video, by decoding it."""

from dataclasses import dataclass
from fractions import Fraction
from os import PathLike

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from stal_plugin.video.open_video import (
    checked_frames,
    has_times,
    open_video,
    pixel_aspect,
)
from stal_plugin.video.video_index import frame_rate


def quarter_turns(frame: av.VideoFrame, path: str | PathLike) -> int:
    """Number of counter-clockwise quarter turns that show a frame upright.

    Args:
        frame: A decoded frame.
        path: The video, for the error.

    Returns:
        0 to 3, for ``numpy.rot90``.

    Raises:
        ValueError: The angle is no multiple of 90 degrees.
    """
    if frame.rotation % 90:
        raise ValueError(
            f"{path} is rotated by {frame.rotation} degrees in its metadata; only "
            "multiples of 90 are supported. Convert it with: ffmpeg -i IN OUT.mp4"
        )
    return frame.rotation // 90 % 4


def upright_rgb(
    frame: av.VideoFrame, converter: VideoReformatter, path: str | PathLike
) -> NDArray[np.uint8]:
    """Convert a frame to RGB as it is shown, ``(H, W, 3)``.

    Args:
        frame: A decoded frame.
        converter: One for all frames of a video: ``to_ndarray`` alone would set up
            threads for each.
        path: The video, for the error.

    Raises:
        ValueError: See :func:`quarter_turns`.
    """
    rgb = converter.reformat(frame, format="rgb24", threads=1)
    image = np.asarray(rgb.to_ndarray(), dtype=np.uint8)
    turns = quarter_turns(frame, path)
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


@dataclass(frozen=True)
class VideoProbe:
    """Facts about a video.

    Args:
        num_frames: Number of frames that can be decoded.
        fps: Frames per second, from the time stamps of the frames.
        width: Width in pixels, as shown (rotation applied).
        height: Height in pixels, as shown.
        pixel_aspect: Width over height of one pixel, as shown; a player stretches the
            picture to ``width * pixel_aspect``.
    """

    num_frames: int
    fps: float
    width: int
    height: int
    pixel_aspect: float = 1.0


def probe_video(path: str | PathLike) -> VideoProbe:
    """Measure a video by decoding it: containers are often wrong.

    Args:
        path: The video file.

    Returns:
        Its facts.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no video, has no frame, is cut short, changes its size
            or is rotated by an angle other than a quarter turn.
    """
    container, stream = open_video(path, "AUTO")
    count, turned = 0, False
    stamps: list[int] = []  # the earliest and the latest
    sizes: set[tuple[int, int]] = set()
    with container:
        for frame in checked_frames(container, stream, path):
            count += 1
            turned = quarter_turns(frame, path) % 2 == 1
            sizes.add((frame.width, frame.height))
            if frame.pts is not None:
                stamps = [min([*stamps, frame.pts]), max([*stamps, frame.pts])]
        seconds = Fraction(0)
        if stamps and stream.time_base and has_times(container):
            seconds = (stamps[1] - stamps[0]) * stream.time_base
        rates = (stream.average_rate, stream.guessed_rate)
        aspect = pixel_aspect(stream)
    if count == 0:
        raise ValueError(f"{path} has no frame that can be decoded")
    if len(sizes) > 1:
        raise ValueError(
            f"{path} changes its size between {sorted(sizes)}; convert it to one size"
        )
    width, height = sizes.pop()
    if turned:
        width, height, aspect = height, width, 1 / aspect
    fps = frame_rate(rates, seconds, count)
    return VideoProbe(count, fps, width, height, float(aspect))
