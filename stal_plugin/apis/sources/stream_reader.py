"""A thread that opens a source and reads it, for those who read several."""

from collections.abc import Callable
from threading import Condition, Thread

from stal_plugin.apis.sources.buffers import FileBuffer, LiveBuffer
from stal_plugin.apis.sources.source import Frame, Source


class StreamReader:
    """A thread that opens a source and reads it: a slow one keeps nobody waiting.

    Args:
        opened: Opens the source.
        changed: Notified when there is a frame, or the end.
    """

    def __init__(self, opened: Callable[[], Source], changed: Condition) -> None:
        #: The source, when it is open.
        self.source: Source | None = None
        self._opened = opened
        self._changed = changed
        self._buffer: LiveBuffer | None = None
        self._error: BaseException | None = None
        self._stopped = False
        self._thread = Thread(target=self._run, name="stream reader", daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether :meth:`take` has something to give or to tell."""
        if self._buffer is None:
            return self._error is not None
        return self._buffer.is_ready

    @property
    def has_ended(self) -> bool:
        """Whether all frames were taken and there will be no more."""
        return self._buffer is not None and self._buffer.has_ended

    @property
    def num_lost(self) -> int:
        """Frames that were dropped, up to those that were taken last."""
        return self._buffer.num_lost if self._buffer else 0

    def take(self) -> list[Frame]:
        """Return what has arrived: of a file a single frame, maybe nothing.

        Raises:
            ValueError: The source cannot be opened, or is lost; all frames before were
                taken.
        """
        if self._buffer is not None:
            return self._buffer.take()
        if self._error is not None:
            raise self._error
        return []

    def stop(self) -> None:
        """Tell the thread to end, and do not wait for it."""
        with self._changed:
            self._stopped = True
            if self._buffer is not None:
                self._buffer.stop()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended, but no longer than this."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            source = self._opened()
        except Exception as error:
            with self._changed:
                self._error = error
                self._changed.notify()
            return
        with self._changed:
            kind = LiveBuffer if source.live else FileBuffer
            buffer = kind(source, changed=self._changed)
            self.source, self._buffer = source, buffer
            if self._stopped:
                buffer.stop()
        buffer.read()
