"""The newest picture of a stream as JPEG, encoded only if somebody looks."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.live_page.wakeup import Wakeup, happens


@dataclass(frozen=True)
class LivePicture:
    """A picture, and what was found on it.

    Args:
        jpeg: The picture, without boxes.
        result: What ``result_numbers`` says.
    """

    jpeg: bytes
    result: dict[str, Any]


def result_numbers(stream: int, result: FrameResult, most: int = 100) -> dict[str, Any]:
    """Return what browsers are told about a frame.

    Args:
        stream: Number of the stream.
        result: What was found.
        most: Rows, best first; ``left_out`` counts the others.

    Returns:
        ``FrameResult.to_dict()``, the stream, and the size of the frame, in whose
        pixels the boxes are.
    """
    height, width = result.image.shape[:2]
    numbers = result.to_dict()
    left_out = max(0, len(result) - most)
    numbers["detections"] = numbers["detections"][:most]
    size = {"width": width, "height": height}
    return {"stream": stream, **numbers, **size, "left_out": left_out}


def encode_jpeg(
    image: NDArray[np.uint8], width: int, quality: int = 80, aspect: float = 1.0
) -> bytes:
    """Encode a picture, made smaller if it is too wide.

    Args:
        image: ``(H, W, 3)`` uint8 RGB.
        width: Pixels that the picture does not exceed.
        quality: Of the JPEG, 1 to 100.
        aspect: Width over height of a pixel; the picture has square ones.

    Raises:
        ValueError: OpenCV could not encode it.
    """
    tall, wide = image.shape[:2]
    shrink = min(1.0, width / (wide * aspect))
    size = max(1, round(wide * aspect * shrink)), max(1, round(tall * shrink))
    if size != (wide, tall):
        method = cv2.INTER_AREA if shrink < 1 else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)
    swapped = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError(f"OpenCV could not encode an image of {image.shape}")
    return data.tobytes()


class PictureSlot:
    """The newest picture of a stream: one for all browsers, at their pace.

    Nothing is encoded unless a browser asks, and then in a thread of the server, at
    most ``fps`` times a second, however many ask.

    Args:
        stream: Number of the stream.
        source: Its ``pixel_aspect`` is applied, if it has one.
        fps: Pictures per second.
        width: See ``encode_jpeg``.
    """

    def __init__(
        self, stream: int, source: Any = None, fps: float = 10.0, width: int = 960
    ) -> None:
        self.num_encoded = 0
        self._stream, self._source = stream, source
        self._pause, self._width = 1.0 / fps, width
        self._newest: FrameResult | None = None
        self._picture: LivePicture | None = None
        self._not_before = 0.0
        self._wakeup = Wakeup()
        self._encoding = asyncio.Lock()

    def put(self, result: FrameResult) -> None:
        """Take the newest result, from any thread, at once."""
        self._newest = result
        self._wakeup.notify()

    async def after(self, frame: int, timeout: float) -> LivePicture | None:
        """Return the picture of a later frame as soon as there is one.

        Args:
            frame: Number of a frame.
            timeout: Seconds after which it returns None.
        """
        end = time.monotonic() + timeout
        with self._wakeup.listening() as news:
            while True:
                news.clear()
                picture = await self._made(frame)
                if picture is not None:
                    return picture
                now = time.monotonic()
                if now >= end:
                    return None
                if self._is_due_after(frame):  # it is too early to encode
                    await asyncio.sleep(max(0.0, min(end, self._not_before) - now))
                else:
                    await happens(news, end - now)

    def _is_due_after(self, frame: int) -> bool:
        return self._newest is not None and self._newest.frame > frame

    async def _made(self, frame: int) -> LivePicture | None:
        """The picture that is there, or a new one if it is time for that."""
        async with self._encoding:
            newest, known = self._newest, self._picture
            if newest is None or newest.frame <= frame:
                return None
            if known is not None and known.result["frame"] == newest.frame:
                return known
            now = time.monotonic()
            if now >= self._not_before:
                self._not_before = now + self._pause
                known = self._picture = await asyncio.to_thread(self._encode, newest)
            is_later = known is not None and known.result["frame"] > frame
            return known if is_later else None

    def _encode(self, result: FrameResult) -> LivePicture:
        aspect = getattr(self._source, "pixel_aspect", 1.0)
        jpeg = encode_jpeg(result.image, self._width, aspect=aspect)
        self.num_encoded += 1
        return LivePicture(jpeg, result_numbers(self._stream, result))
