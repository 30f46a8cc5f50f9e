"""Frames, sources of frames, and the buffer that reads a live source in a thread."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Condition, Thread
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """A frame of a source.

    Args:
        image: ``(H, W, 3)`` uint8 RGB, upright.
        number: 1-based.
        time: Seconds since the first frame.
        arrival: When it arrived, on the clock of ``time.monotonic``.
        after_gap: Whether frames are missing before it, because a stream broke off.
    """

    image: NDArray[np.uint8]
    number: int
    time: float
    arrival: float
    after_gap: bool = False


class Source(Protocol):
    """Where frames come from: a file, folder, camera or stream.

    Attributes:
        name: For messages and outputs.
        live: Whether frames come at their own pace, so that a slow reader loses some.
        fps: Frames per second; None if unknown.
        num_frames: Estimate of their number; None if unknown or endless.
    """

    name: str
    live: bool
    fps: float | None
    num_frames: int | None

    def __iter__(self) -> Iterator[Frame]:
        """Read frames one after another, in bounded memory.

        Raises:
            ValueError: The source is damaged or lost. All frames before were yielded.
        """

    def close(self) -> None:
        """Stop reading, from any thread."""


class LiveBuffer:
    """A thread that reads a live source into a buffer of bounded size.

    Iterating yields all frames that arrived since the last time: detection runs on the
    last one, the others complete its clip. If more arrive than the buffer holds, the
    oldest are dropped. ``num_lost`` counts the dropped ones, up to the frames that were
    yielded last.

    Args:
        source: The source.
        capacity: Frames that the buffer holds; 32 of 1920 x 1080 take 200 MB.
    """

    def __init__(self, source: Source, capacity: int = 32) -> None:
        self.num_lost = 0
        self._num_dropped = 0
        self._source = source
        self._frames: deque[Frame] = deque()
        self._capacity = capacity
        self._changed = Condition()
        self._error: BaseException | None = None
        self._closed = False
        self._thread = Thread(target=self._read, name="live source", daemon=True)

    def __iter__(self) -> Iterator[list[Frame]]:
        """Start reading.

        Yields:
            One or more frames, oldest first.

        Raises:
            ValueError: The source is lost. All frames before were yielded.
        """
        self._thread.start()
        while True:
            with self._changed:
                while not (self._frames or self._closed):
                    self._changed.wait(0.5)  # wakes up for Ctrl-C on every system
                frames = list(self._frames)
                self._frames.clear()
                self.num_lost = self._num_dropped
            if frames:
                yield frames
            elif self._error is not None:
                raise self._error
            else:
                return

    def close(self) -> None:
        """Stop the thread; one that waits for data ends with its time-out."""
        self._source.close()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for frame in self._source:
                with self._changed:
                    self._add(frame)
                    self._changed.notify()
        except Exception as caught:
            error = caught
        with self._changed:
            self._error, self._closed = error, True
            self._changed.notify()

    def _add(self, frame: Frame) -> None:
        self._frames.append(frame)
        if len(self._frames) <= self._capacity:
            return
        self._num_dropped += 1
        if self._frames.popleft().after_gap:  # the interruption is still there
            self._frames[0] = replace(self._frames[0], after_gap=True)
