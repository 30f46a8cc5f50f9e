"""Sources of a live page: cameras, streams, and files played as a camera would."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from stal_plugin.apis.sources import Frame, Source, open_frames


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


def open_live(srcs: Sequence[Any], **options: Any) -> dict[str, Source]:
    """Open sources by the names under which they are shown.

    Args:
        srcs: See ``open_frames``. Files are shown by their last name, addresses without
            passwords; of equal names the later ones are numbered.
        **options: Further arguments of ``open_frames``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: One cannot be opened.
    """
    opened: dict[str, Source] = {}
    try:
        for src in srcs:
            source = open_frames(src, **options)
            name = _free_name(source.name, opened)
            opened[name] = source if source.live else PacedSource(source)
    except BaseException:
        for source in opened.values():
            source.close()
        raise
    return opened


def _free_name(name: str, taken: Mapping[str, Source]) -> str:
    shown = name if "://" in name else Path(name).name or name
    number = 2
    free = shown
    while free in taken:
        free, number = f"{shown} ({number})", number + 1
    return free
