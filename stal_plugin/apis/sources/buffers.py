"""Buffers between the thread that reads a source and those who take its frames."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from threading import Condition, Semaphore, Thread

from stal_plugin.apis.sources.source import Frame, Source


class LiveBuffer:
    """A thread that reads a live source into a buffer of bounded size.

    Iterating yields all frames that arrived since the last time: detection runs on the
    last one, the others complete its clip. If more arrive than the buffer holds, the
    oldest are dropped. ``num_lost`` counts the dropped ones, up to the frames that were
    yielded last.

    Args:
        source: The source.
        capacity: Frames that the buffer holds; 32 of 1920 x 1080 take 200 MB.
        changed: Notified when there is a frame, or the end. Default: its own.
    """

    def __init__(
        self, source: Source, capacity: int = 32, changed: Condition | None = None
    ) -> None:
        self.num_lost = 0
        self._num_dropped = 0
        self._source = source
        self._frames: deque[Frame] = deque()
        self._capacity = capacity
        self._changed = changed or Condition()
        self._error: BaseException | None = None
        self._closed = False
        self._thread = Thread(target=self.read, name="live source", daemon=True)

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
                while not self.is_ready:
                    self._changed.wait(0.5)  # wakes up for Ctrl-C on every system
            frames = self.take()
            if not frames:
                return
            yield frames

    @property
    def is_ready(self) -> bool:
        """Whether there are frames to take, or there will be no more."""
        return bool(self._frames) or self._closed

    @property
    def has_ended(self) -> bool:
        """Whether all frames were taken and there will be no more."""
        return self._closed and not self._frames

    def take(self) -> list[Frame]:
        """Return what has arrived, oldest first; at once, also if it is nothing.

        Raises:
            ValueError: The source is lost. All frames before were taken.
        """
        with self._changed:
            frames = self._taken()
            self.num_lost = self._num_dropped
            if not frames and self._error is not None:
                raise self._error
        return frames

    def read(self) -> None:
        """Read the source to its end, in this thread."""
        error: BaseException | None = None
        try:
            for frame in self._arriving():
                with self._changed:
                    self._add(frame)
                    self._changed.notify()
        except Exception as caught:
            error = caught
        with self._changed:
            self._error, self._closed = error, True
            self._changed.notify()

    def stop(self) -> None:
        """Tell the source to end, and do not wait for it."""
        self._source.close()

    def close(self) -> None:
        """Stop the thread; one that waits for data ends with its time-out."""
        self.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def _arriving(self) -> Iterator[Frame]:
        return iter(self._source)

    def _taken(self) -> list[Frame]:
        frames = list(self._frames)
        self._frames.clear()
        return frames

    def _add(self, frame: Frame) -> None:
        self._frames.append(frame)
        if len(self._frames) <= self._capacity:
            return
        self._num_dropped += 1
        if self._frames.popleft().after_gap:  # the interruption is still there
            self._frames[0] = replace(self._frames[0], after_gap=True)


class FileBuffer(LiveBuffer):
    """The same for a source that waits: nothing is dropped, and frames come singly.

    Args:
        source: The source.
        capacity: Frames that are read ahead, at most.
        changed: See :class:`LiveBuffer`.
    """

    def __init__(
        self, source: Source, capacity: int = 2, changed: Condition | None = None
    ) -> None:
        super().__init__(source, capacity, changed)
        self._room = Semaphore(capacity)
        self._stopped = False

    def read(self) -> None:
        """Read the source to its end and close it, in this thread."""
        super().read()
        self._source.close()

    def stop(self) -> None:
        """Let the reading thread end with its frame; it closes the source itself."""
        self._stopped = True
        self._room.release()

    def _arriving(self) -> Iterator[Frame]:
        for frame in self._source:
            self._room.acquire()
            if self._stopped:
                return
            yield frame

    def _taken(self) -> list[Frame]:
        if not self._frames:
            return []
        self._room.release()
        return [self._frames.popleft()]
