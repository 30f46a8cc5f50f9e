"""Frames of a video or stream, one after another."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from os import PathLike

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from stal_plugin.video.open_video import (
    DamageLog,
    checked_packets,
    cut_short,
    has_times,
    pixel_aspect,
    video_stream,
)
from stal_plugin.video.video_probe import quarter_turns, upright_rgb

_logger = logging.getLogger(__name__)


class SequentialReader:
    """Frames of an open video or stream, one after another, in bounded memory.

    Args:
        container: From ``open_video`` or ``av.open``. It is closed at the end.
        path: File or address, for errors.
        strict: Stop with an error at damaged data, once all frames before are given.
            Else packets that cannot be decoded are skipped, and counted in
            ``num_damaged``.
        number: Of the stream to read, see ``video_stream``.
    """

    def __init__(
        self,
        container: av.container.InputContainer,
        path: str | PathLike,
        strict: bool = True,
        number: int | None = None,
    ) -> None:
        self.path = path
        self.strict = strict
        self.num_damaged = 0
        self._container = container
        self._stream = video_stream(container, number, path)
        self._has_times = has_times(container)
        self._damage = DamageLog(path)
        self._num_repaired = 0
        self._count = 0
        self._first: int | None = None
        self._seconds = 0.0
        self._converter = VideoReformatter()
        #: Width over height of a pixel of the images; once the first one was read.
        #: Kept, as FFmpeg crashes where another thread asks a stream that is closed.
        self.pixel_aspect = 1.0

    @property
    def fps(self) -> float | None:
        """Frames per second, as the header says; None if it does not."""
        rate = self._stream.average_rate or self._stream.guessed_rate
        return float(rate) if rate and 0 < rate <= 1000 else None

    @property
    def duration(self) -> float | None:
        """Seconds, as the header says; None if it does not."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        only_video = len(self._container.streams) == 1
        duration = self._container.duration if only_video else None
        return duration / av.time_base if duration else None

    @property
    def num_frames(self) -> int | None:
        """Number of frames, as the header says; an estimate. None if it does not."""
        if self._stream.frames:
            return int(self._stream.frames)
        if not self.fps or not self.duration:
            return None
        return max(1, round(self.fps * self.duration))

    def __iter__(self) -> Iterator[tuple[NDArray[np.uint8], float]]:
        """Decode to the end.

        Yields:
            RGB images ``(H, W, 3)``, upright, and the seconds since the first.

        Raises:
            ValueError: The data end early or cannot be decoded, and ``strict``.
        """
        with self._container:
            for frame in self._frames():
                turned = quarter_turns(frame, self.path) % 2 == 1
                aspect = pixel_aspect(self._stream)
                self.pixel_aspect = float(1 / aspect if turned else aspect)
                yield upright_rgb(frame, self._converter, self.path), self._time(frame)
            if self.strict:
                self._damage.warn()
            if self.strict and self._num_repaired:
                _logger.warning(
                    "%s: %d time stamps stand still or fall; these frames are taken to "
                    "follow at %g per second, in the order of decoding",
                    *(self.path, self._num_repaired, self.fps or 25.0),
                )
            if self.strict and (self.duration or 0) > self._seconds * 1.05 + 1:
                _logger.warning(
                    "%s ends after %.1f s, but its header announces %.1f s: it may be "
                    "cut short",
                    *(self.path, self._seconds, self.duration),
                )

    def _frames(self) -> Iterator[av.VideoFrame]:
        context = self._stream.codec_context
        try:
            for packet in self._packets():
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    self.num_damaged += 1
                    if self.strict:
                        raise cut_short(
                            self.path, self._count, self._stream.frames
                        ) from None
                    continue
                for frame in frames:
                    self._count += 1
                    self._damage.note(frame, self._count)
                    yield frame
        except (ValueError, av.FFmpegError):
            # frames that the decoder holds back come before the error
            with suppress(av.FFmpegError):
                yield from context.decode(None)
            raise

    def _packets(self) -> Iterator[av.Packet]:
        if self.strict:
            try:
                yield from checked_packets(self._container, self._stream, self.path)
            except av.FFmpegError:
                raise cut_short(self.path, self._count, self._stream.frames) from None
        else:
            yield from self._container.demux(self._stream)

    def _time(self, frame: av.VideoFrame) -> float:
        """Seconds since the first frame, more than before."""
        rate = self.fps or 25.0
        if frame.pts is None or not self._stream.time_base or not self._has_times:
            self._seconds = (self._count - 1) / rate
            return self._seconds
        self._first = frame.pts if self._first is None else self._first
        seconds = float((frame.pts - self._first) * self._stream.time_base)
        if self._count > 1 and seconds <= self._seconds:
            self._num_repaired += 1
            seconds = self._seconds + 1 / rate
        self._seconds = seconds
        return seconds
