"""The detector's thread, which feeds a live page."""

import logging
from collections.abc import Callable, Iterable, Mapping
from threading import Event, Thread
from typing import Any

from stal_plugin.apis.live_page.live_state import LiveState
from stal_plugin.apis.stream_result import StreamResult
from stal_plugin.engine.cli import is_users_mistake, message_of

_logger = logging.getLogger(__name__)
#: Seconds that the threads have to end in: a stream that says nothing has a time-out.
_PATIENCE = 3.0


class LiveRun:
    """Run a detector in a thread, and hand what it finds to a page.

    Args:
        detect: Starts the detector on the sources.
        sources: What opens them, and closes them from any thread, by the names of the
            streams.
        state: What the page shows.
        at_failure: Called when no stream is left, if one has failed.
    """

    def __init__(
        self,
        detect: Callable[[Mapping[str, Any]], Iterable[StreamResult]],
        sources: Mapping[str, Any],
        state: LiveState,
        at_failure: Callable[[], None] = lambda: None,
    ) -> None:
        #: Why streams ended too early.
        self.errors: list[str] = []
        self._detect, self._sources, self._state = detect, sources, state
        self._at_failure = at_failure
        self._stop = Event()
        self._thread = Thread(target=self._run, name="detector", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the frame that it is looking at."""
        self._stop.set()
        for source in self._sources.values():
            source.close()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            for item in self._detect(self._sources):
                if self._stop.is_set():
                    break
                self._take(item)
        except Exception as error:
            if not is_users_mistake(error):
                _logger.exception("the detector failed")
            self._fail_all(message_of(error))
        if self.errors and not self._stop.is_set():
            self._at_failure()

    def _take(self, item: StreamResult) -> None:
        if item.result is not None:
            self._state.put(item.stream, item.result)
            return
        if item.error is not None:
            self.errors.append(item.error)
        self._state.end(item.stream, item.error)

    def _fail_all(self, error: str) -> None:
        self.errors.append(error)
        for stream in self._state.streams:
            if not stream.is_over:
                self._state.end(stream.name, error)
