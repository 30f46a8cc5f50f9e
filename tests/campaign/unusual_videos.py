"""Sound videos of kinds that are met less often, whose right frames are known."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.video.reformatter import ColorRange

SIZE = (96, 64)
RATE = 25
#: Milliseconds of each frame: a camera that waits for light, and a pause.
_UNEVEN = np.cumsum([0] + [20, 20, 60, 33, 400, 7] * 4)[:24].tolist()
_EVEN = (np.arange(24) * 1000 // RATE).tolist()


Draw = Callable[[int, int, int], np.ndarray]


class Unusual(NamedTuple):
    """A video and what is right about it.

    Args:
        path: The file; its frames show their numbers, from 0.
        times: Seconds of its frames, from the first.
        draw: Makes the picture ``(H, W, 3)`` of a number, a width and a height.
    """

    path: Path
    times: Sequence[float]
    draw: Draw


def _write(
    path: Path,
    draw: Draw,
    pix_fmt: str = "yuv420p",
    codec: str = "libx264",
    milliseconds: Sequence[int] = _EVEN,
    thumbnail: bool = False,
    **options: str,
) -> Unusual:
    """Write a video of numbered frames; a thumbnail is a stream before it."""
    with av.open(str(path), "w") as container:
        if thumbnail:
            first = container.add_stream("mjpeg", rate=1)
            first.width, first.height, first.pix_fmt = 32, 24, "yuvj420p"
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = pix_fmt
        stream.options = options
        if pix_fmt.startswith("gray"):
            stream.codec_context.color_range = ColorRange.JPEG  # 0 to 255
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if thumbnail:
            image = np.full((24, 32, 3), 99, np.uint8)
            still = av.VideoFrame.from_ndarray(image, format="rgb24")
            container.mux(first.encode(still))
            container.mux(first.encode(None))
        for number, pts in enumerate(milliseconds):
            image = draw(number, *SIZE)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Unusual(path, [pts / 1000 for pts in milliseconds], draw)


def unusual_videos(root: Path, gray: Draw) -> dict[str, Unusual]:
    """Write them.

    Args:
        root: Folder.
        gray: Makes a picture without colour, whose upper half shows the number.
    """

    def draw(number: int, width: int, height: int) -> np.ndarray:
        image = gray(number, width, height)
        image[height // 2 :, :, 1:] = (90, 40)
        return image

    made = {}
    for suffix in ("mp4", "mkv"):
        uneven = _write(root / f"uneven.{suffix}", draw, milliseconds=_UNEVEN)
        made[f"uneven times, {suffix}"] = uneven
        made[f"gray, {suffix}"] = _write(root / f"gray.{suffix}", gray, "gray")
        two = _write(root / f"two.{suffix}", draw, thumbnail=True)
        made[f"thumbnail first, {suffix}"] = two
    for bits, pix_fmt in ((8, "gray"), (10, "gray10le")):
        path = root / f"gray{bits}.mkv"
        made[f"gray, {bits} bit, without loss"] = _write(path, gray, pix_fmt, "ffv1")
    for name, codec in (("10 bit, H.264", "libx264"), ("10 bit, H.265", "libx265")):
        options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        path = root / f"{codec}_10.mp4"
        made[name] = _write(path, draw, "yuv420p10le", codec, **options)
    deep = _write(root / "ffv1_10.mkv", draw, "yuv444p10le", "ffv1")
    made["10 bit, whole colour, without loss"] = deep
    return made
