"""Sources of a live page: cameras, streams, and files played as a camera would."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from threading import Event
from typing import Any

from stal_plugin.apis.sources import Frame, Source, Waiting, open_frames


class PacedSource:
    """Frames of a file or folder at their own times: a live source.

    Args:
        source: What is read; it is closed by the thread that reads it.
        clock: Seconds.
    """

    live = True
    num_frames: int | None = None

    def __init__(
        self, source: Source, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = source.name
        self.fps = source.fps
        self._source, self._clock = source, clock
        self._stop = Event()

    @property
    def pixel_aspect(self) -> float:
        """Width over height of a pixel; once the first frame was read."""
        return getattr(self._source, "pixel_aspect", 1.0)

    def __iter__(self) -> Iterator[Frame]:
        """Read, but no frame before its time."""
        start: float | None = None
        try:
            for frame in self._source:
                now = self._clock()
                if start is None:
                    start = now - frame.time
                if self._stop.wait(max(0.0, start + frame.time - now)):
                    return
                yield replace(frame, arrival=self._clock())
        finally:
            self._source.close()

    def close(self) -> None:
        """Stop, from any thread."""
        self._stop.set()


class LateSource:
    """A source that is opened by the thread that reads it, and can be asked meanwhile.

    Args:
        src: See ``open_frames``. What is not live is played at its own pace.
        **options: Further arguments of ``open_frames``.
    """

    def __init__(self, src: Any, **options: Any) -> None:
        self._src, self._options = src, options
        self._opened: Source | None = None
        self._is_closed = False
        self._waiting = Waiting()

    def __call__(self) -> Source:
        """Open it; a live stream also if it is there only later.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It cannot be opened.
        """
        source = open_frames(self._src, waiting=self._waiting, **self._options)
        self._opened = source if source.live else PacedSource(source)
        if self._is_closed:
            self._opened.close()
        return self._opened

    @property
    def lost_since(self) -> float | None:
        """Since when a stream is not there, by ``time.monotonic``; None: it is."""
        if self._opened is None:
            return self._waiting.since
        return getattr(self._opened, "lost_since", None)

    @property
    def error(self) -> str | None:
        """Why a stream is not there from the start."""
        return self._waiting.error

    @property
    def num_reconnects(self) -> int:
        """Times a stream was connected again."""
        return getattr(self._opened, "num_reconnects", 0)

    @property
    def pixel_aspect(self) -> float:
        """Width over height of a pixel; once the first frame was read."""
        return getattr(self._opened, "pixel_aspect", 1.0)

    def close(self) -> None:
        """Stop, from any thread."""
        self._is_closed = True
        self._waiting.close()
        if self._opened is not None:
            self._opened.close()


def live_sources(srcs: Mapping[str, Any], **options: Any) -> dict[str, LateSource]:
    """Return sources for a page; none is opened yet.

    Args:
        srcs: By the names of the streams, see ``stal_plugin.files.stream_names``.
        **options: Further arguments of ``open_frames``.
    """
    return {name: LateSource(src, **options) for name, src in srcs.items()}
