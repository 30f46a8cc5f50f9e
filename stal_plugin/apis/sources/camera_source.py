"""A thread that reads a live source, so that no frame waits for the network."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from threading import Condition, Event, Thread
from typing import Any

import cv2

from stal_plugin.apis.sources.source import Frame, Source


class LiveBuffer:
    """A thread that reads a live source into a ring of bounded size.

    Iterating gives, each time, all frames that came in since: the last one is to be
    looked at, the others complete its clip. If more come in than the ring holds, the
    oldest are dropped. ``num_lost`` counts those that were dropped before the frames
    that were given last.

    Args:
        source: The source.
        capacity: Frames that the ring holds; 32 of 1920 x 1080 take 200 MB.
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
            ValueError: The source is lost. All frames before were given.
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


class CameraSource:
    """Frames of a camera at this computer.

    Args:
        device: Its number, from 0, or its name, such as ``/dev/video0``.

    Raises:
        ValueError: The camera cannot be opened. Later: it was pulled out.
    """

    live = True
    num_frames: int | None = None

    def __init__(self, device: int | str) -> None:
        self.name = f"camera {device}"
        self._stop = Event()
        self._camera: Any = cv2.VideoCapture(device)
        if not self._camera.isOpened():
            raise ValueError(
                f"{self.name} cannot be opened: is it plugged in, is another program "
                "using it, may this user read it?"
            )
        rate = self._camera.get(cv2.CAP_PROP_FPS)
        self.fps = rate if 1 <= rate <= 1000 else None

    def __iter__(self) -> Iterator[Frame]:
        """Read frames until the camera is closed."""
        number, start = 0, 0.0
        try:
            while not self._stop.is_set():
                ok, image = self._camera.read()
                if not ok:
                    raise ValueError(f"{self.name} gives no more frames")
                now = time.monotonic()
                number, start = number + 1, start or now
                rgb: Any = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                yield Frame(rgb, number, now - start, now)
        finally:
            self._camera.release()

    def close(self) -> None:
        """Stop after the frame that is being read."""
        self._stop.set()
