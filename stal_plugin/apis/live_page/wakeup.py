"""Coroutines that wait for what happens in another thread."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock


class Wakeup:
    """Wakes coroutines from any thread, without waiting for them."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._lock = Lock()

    def notify(self) -> None:
        """Wake all that wait."""
        with self._lock:
            waiting = list(self._waiting.items())
        for event, loop in waiting:
            with suppress(RuntimeError):  # the server has ended in the meantime
                loop.call_soon_threadsafe(event.set)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Return what every notification from now on sets.

        Check what you wait for after this, so that nothing is missed in between.
        """
        event = asyncio.Event()
        with self._lock:
            self._waiting[event] = asyncio.get_running_loop()
        try:
            yield event
        finally:
            with self._lock:
                del self._waiting[event]


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, but not longer than some seconds; return if it happened."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), max(0.0, seconds))
    return event.is_set()
