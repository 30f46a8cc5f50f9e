"""Write H.264 mp4 files frame by frame."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from os import PathLike
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from stal_plugin.files.atomic_file import part_of

#: Ticks per second of the time stamps of timed videos.
_TICKS = 90000
_FLAGS = {
    False: {"movflags": "faststart"},
    True: {
        "movflags": "frag_keyframe+empty_moov+default_base_moof",
        "flush_packets": "1",
    },
}


class VideoWriter:
    """Write H.264 yuv420p frame by frame, in bounded memory.

    yuv420p has even sizes only: an odd width or height grows by one pixel that repeats
    the last column or row. One encoder thread and no B-frames, so that the same frames
    give the same file on every machine and random access is fast.

    Args:
        path: The mp4 file. It appears when it is closed; a fragmented one grows under
            its own name.
        fps: Frames per second; of a timed video, about.
        size: Width and height to scale the frames to. Default: that of the first.
        gop: Largest distance between key frames.
        crf: Quality of x264, 0 (lossless) to 51.
        comment: Text for the container's comment field.
        pixel_aspect: Width over height of one pixel, as a player shows it.
        timed: Each frame comes with its time. If the first comes late, its picture
            is shown until then.
        fragmented: Can be played while it is written and after a crash, and needs no
            list of all frames in memory; for endless videos.

    Raises:
        ValueError: The file name does not end in ``.mp4``.
        OSError: Later: it cannot be written; names the file.
    """

    def __init__(
        self,
        path: str | PathLike,
        fps: float,
        size: tuple[int, int] | None = None,
        gop: int = 12,
        *,
        crf: int = 18,
        comment: str = "",
        pixel_aspect: float = 1.0,
        timed: bool = False,
        fragmented: bool = False,
    ) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() != ".mp4":
            raise ValueError(f"{path}: the name of a video must end in .mp4")
        self.count = 0
        self.timed = timed
        self._size = size
        self._rate = Fraction(fps).limit_denominator(1001)
        self._codec = (gop, {"crf": str(crf), "preset": "veryfast"})
        self._comment = comment
        self.pixel_aspect = pixel_aspect
        #: Whether the file is there, with all its frames.
        self.complete = False
        self._flags = _FLAGS[fragmented]
        self._part = self.path if fragmented else part_of(self.path)
        self._container: av.container.OutputContainer | None = None
        self._last = -1

    def write(self, image: NDArray[np.uint8], time: float = 0.0) -> None:
        """Encode a frame.

        Args:
            image: RGB ``(H, W, 3)``.
            time: Seconds since the start, for timed videos.
        """
        first = self._container is None
        if first:
            self._open(self._size or (image.shape[1], image.shape[0]))
        # OpenCV converts several times as fast as PyAV does per frame.
        planes = cv2.cvtColor(_fit(image, *self._scaled), cv2.COLOR_RGB2YUV_I420)
        with self._errors():
            if first and self.timed and time > 0:
                self._encode(planes, 0.0)  # mp4 would start at the first frame's time
            self._encode(planes, time)
        self.count += 1

    def _encode(self, planes: NDArray[np.uint8], time: float) -> None:
        assert self._container is not None
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        if self.timed:
            self._last = max(self._last + 1, round(time * _TICKS))
            frame.pts, frame.time_base = self._last, Fraction(1, _TICKS)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the file. Without a frame there is none."""
        if self._container is None:
            return
        with self._errors():
            try:
                self._container.mux(self._stream.encode(None))
            finally:
                container, self._container = self._container, None
                container.close()
            if self._part != self.path:
                with self._part.open("rb") as file:
                    os.fsync(file.fileno())
                self._part.replace(self._part.with_suffix(""))
        self.complete = True

    def discard(self) -> None:
        """Delete what was written."""
        container, self._container = self._container, None
        if container is not None:
            with suppress(av.FFmpegError, OSError):
                container.close()
            self._part.unlink(missing_ok=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Name the file in errors of the disk; of a fragmented one the start stays."""
        try:
            yield
        except (av.FFmpegError, OSError) as error:
            container, self._container = self._container, None
            with suppress(av.FFmpegError, OSError):
                if container is not None:
                    container.close()
            if self._part != self.path:
                with suppress(OSError):
                    self._part.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def _open(self, size: tuple[int, int]) -> None:
        width, height = self._scaled = size
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._errors():
            self._container = av.open(
                str(self._part), "w", format="mp4", options=self._flags
            )
        assert self._container is not None
        self._container.metadata["comment"] = self._comment
        stream = self._container.add_stream("libx264", rate=self._rate)
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        gop, stream.options = self._codec
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = 0
        if self.pixel_aspect != 1:  # the field would change files of square pixels
            aspect = Fraction(self.pixel_aspect).limit_denominator(1000)
            stream.codec_context.sample_aspect_ratio = aspect
        stream.codec_context.thread_count = 1
        if self.timed:
            stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream = stream


def _fit(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if image.shape[:2] != (height, width):
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    if width % 2 or height % 2:
        image = cv2.copyMakeBorder(
            image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE
        )
    return np.ascontiguousarray(image)


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
