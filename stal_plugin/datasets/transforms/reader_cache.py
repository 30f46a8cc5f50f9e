"""Video readers that stay open between samples."""

import os
from collections import OrderedDict
from typing import Any

from stal_plugin.video import FrameFolderReader, VideoReader, open_reader

_KNOWN = 1024
_inherited: list[Any] = []


class ReaderCache:
    """Video readers that stay open between samples.

    Holds no more than ``max_open`` files open; of up to 1024 others it remembers
    where their frames are, so that opening them again is fast. A forked or pickled
    cache starts empty: two processes must not read through one file handle.

    Args:
        max_open: Number of files that stay open.
    """

    def __init__(self, max_open: int = 8) -> None:
        if max_open < 1:
            raise ValueError(f"max_open={max_open} must be at least 1")
        self.max_open = max_open
        self._start_empty()

    def get(self, path: str) -> VideoReader | FrameFolderReader:
        """Reader of a video.

        Args:
            path: Video file or folder of frames.

        Returns:
            The reader, to be used before the next call only.

        Raises:
            FileNotFoundError: There is no such video.
        """
        if self._pid != os.getpid():
            # Closing the parent's decoders here could wait for ever for their threads.
            _inherited.append((self._open, self._closed))
            self._start_empty()
        reader = self._open.pop(path, None) or self._closed.pop(path, None)
        self._open[path] = reader or open_reader(path)
        if len(self._open) > self.max_open:
            oldest, reader = self._open.popitem(last=False)
            reader.close()
            self._closed[oldest] = reader
            if len(self._closed) > _KNOWN:
                self._closed.popitem(last=False)
        return self._open[path]

    def close(self) -> None:
        """Close all files; the next read opens its file again."""
        for reader in self._open.values():
            reader.close()

    def _start_empty(self) -> None:
        self._pid = os.getpid()
        self._open: OrderedDict[str, VideoReader | FrameFolderReader] = OrderedDict()
        self._closed: OrderedDict[str, VideoReader | FrameFolderReader] = OrderedDict()

    def __reduce__(self) -> tuple[type, tuple[int]]:
        return type(self), (self.max_open,)
