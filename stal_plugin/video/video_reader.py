"""Frame-exact random access to a video file."""

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from stal_plugin.video.open_video import DamageLog, cut_short, has_times, open_video
from stal_plugin.video.video_index import (
    VideoIndex,
    build_video_index,
    frame_rate,
    index_by_decoding,
)
from stal_plugin.video.video_probe import upright_rgb


class _LostFrame(Exception):
    """A decoded frame is not the one that the index announces."""


class VideoReader:
    """Read frames of a video by number, as sequential decoding would number them.

    The packets' time stamps are listed once, on the first access. A read seeks to the
    last key frame before the first frame to read and decodes forward from there; a read
    that goes on where the last one ended does not seek. If the stream then yields other
    frames than its packets announced, the file is indexed again by decoding.

    The reader opens its file on first use and drops it when pickled, so that it can be
    sent to the workers of a data loader. It is not thread-safe.

    Args:
        path: The video file.
        thread_type: ``'AUTO'`` decodes with several threads, which pays for reading in
            sequence.
    """

    def __init__(self, path: str | PathLike, thread_type: str = "NONE") -> None:
        self.path = str(path)
        self.thread_type = thread_type
        self._index: VideoIndex | None = None
        self._container: av.container.InputContainer | None = None
        self._stream: av.video.stream.VideoStream | None = None
        self._decoder: Iterator[av.VideoFrame] | None = None
        self._next = 0  # 0-based index of the frame that the decoder yields next
        self._converter: VideoReformatter | None = None
        self._damage: DamageLog | None = None

    @property
    def index(self) -> VideoIndex:
        """Frames of the file."""
        if self._index is None:
            self._index = build_video_index(self.path)
        return self._index

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return self.index.num_frames

    @property
    def fps(self) -> float:
        """Frames per second."""
        stream = self._open()
        pts, base = self._stamps(), stream.time_base
        span = (int(pts[-1]) - int(pts[0])) * base if pts is not None and base else 0
        rates = (stream.average_rate, stream.guessed_rate)
        return frame_rate(rates, span, self.num_frames)

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds from the first frame to each, ``(num_frames,)``, increasing."""
        pts, base = self._stamps(), self._open().time_base
        if pts is None or not base:
            return np.arange(self.num_frames) / self.fps
        return (pts - pts[0]) * float(base)

    def _stamps(self) -> NDArray[np.int64] | None:
        """Time stamps of the frames, if the container has true ones."""
        self._open()
        assert self._container is not None
        return self.index.pts if has_times(self._container) else None

    def read(self, indices: Sequence[int] | NDArray) -> list[NDArray[np.uint8]]:
        """Decode frames.

        Args:
            indices: 0-based frame numbers in any order, repeats allowed.

        Returns:
            RGB images ``(H, W, 3)`` in the order of ``indices``; repeated numbers share
            one array.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: A number is out of range, or the file is damaged.
        """
        numbers = sorted({int(i) for i in indices})
        self._check_range(numbers)
        try:
            images = dict(zip(numbers, self._decode(numbers), strict=True))
        except _LostFrame:
            self.close()
            self._index = index_by_decoding(self.path)
            self._check_range(numbers)
            images = dict(zip(numbers, self._decode(numbers), strict=True))
        return [images[int(i)] for i in indices]

    def iterate(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray]:
        """Decode a stretch of frames one after another, in bounded memory.

        Args:
            start: 0-based number of the first frame.
            stop: Number after the last frame; None for the end of the video.

        Yields:
            RGB images ``(H, W, 3)``.
        """
        position = start
        while position < (self.num_frames if stop is None else stop):
            yield self.read([position])[0]
            position += 1

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        if self._container is not None:
            self._container.close()
        self._container = self._stream = self._decoder = None
        self._next = 0

    def __getstate__(self) -> dict[str, Any]:
        dropped = dict.fromkeys(("_container", "_stream", "_decoder", "_converter"))
        return {**self.__dict__, **dropped, "_next": 0}

    def _check_range(self, numbers: list[int]) -> None:
        if numbers and not 0 <= numbers[0] <= numbers[-1] < self.num_frames:
            bad = numbers[0] if numbers[0] < 0 else numbers[-1]
            raise ValueError(
                f"{self.path}: frame index {bad} is not in 0..{self.num_frames - 1}"
            )

    def _open(self) -> av.video.stream.VideoStream:
        if self._stream is None:
            self._container, self._stream = open_video(self.path, self.thread_type)
            self._decoder, self._next = None, 0
        return self._stream

    def _decode(self, numbers: list[int]) -> Iterator[NDArray[np.uint8]]:
        for target in numbers:
            if self._decoder is None or self._must_seek(target):
                self._seek(self.index.keyframe_before(target))
            while self._next < target:
                self._advance()
            frame = self._advance()
            self._converter = self._converter or VideoReformatter()
            yield upright_rgb(frame, self._converter, self.path)

    def _must_seek(self, target: int) -> bool:
        return not self.index.keyframe_before(target) <= self._next <= target

    def _seek(self, keyframe: int) -> None:
        """Make ``keyframe`` the frame that the decoder yields next."""
        stream = self._open()
        assert self._container is not None
        if self.index.pts is not None:
            self._container.seek(int(self.index.pts[keyframe]), stream=stream)
        elif self._decoder is not None:
            self.close()
            stream = self._open()
        self._decoder = self._container.decode(stream)
        self._next = keyframe

    def _note_damage(self, frame: av.VideoFrame) -> None:
        """Warn once of frames that the decoder had to guess."""
        if frame.is_corrupt and self._damage is None:
            self._damage = DamageLog(self.path)
            self._damage.note(frame, self._next)
            self._damage.warn()

    def _advance(self) -> av.VideoFrame:
        """Decode the next frame of the index."""
        assert self._decoder is not None
        pts = self.index.pts
        try:
            for frame in self._decoder:
                if pts is None or frame.pts == pts[self._next]:
                    self._next += 1
                    self._note_damage(frame)
                    return frame
                if frame.pts is None or frame.pts > pts[self._next]:
                    break
                # Else: left over from before the key frame.
        except av.FFmpegError:
            stream = self._open()
            raise cut_short(self.path, self._next, stream.frames) from None
        if pts is None:
            raise cut_short(self.path, self._next, self._open().frames)
        raise _LostFrame
