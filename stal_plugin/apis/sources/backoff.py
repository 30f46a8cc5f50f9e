"""How long to wait for a stream that is not there."""

import logging
import time
from dataclasses import dataclass
from threading import Event

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backoff:
    """Waiting times that double.

    Args:
        first: Seconds before the second attempt; before the first there are none.
        longest: Seconds that the waiting time does not exceed.
        give_up: Seconds after which there are no more attempts.
    """

    first: float = 0.5
    longest: float = 10.0
    give_up: float = 120.0

    def wait(self, attempt: int) -> float:
        """Seconds to wait before an attempt.

        Args:
            attempt: 0 for the first.
        """
        if attempt == 0:
            return 0.0
        return min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))


class Waiting:
    """Waiting for a stream that was not there at the start; others can look at it."""

    def __init__(self) -> None:
        #: Since when, by ``time.monotonic``; None while it is not waited for.
        self.since: float | None = None
        #: Why the last attempt failed.
        self.error: str | None = None
        self._attempts = 0
        self._stop = Event()

    def again(self, error: str, backoff: Backoff) -> bool:
        """Say that an attempt failed, and wait for the next one.

        Args:
            error: Why it failed, without passwords.
            backoff: How long to wait.

        Returns:
            Whether to try again; not after ``backoff.give_up`` seconds or ``close``.
        """
        now = time.monotonic()
        self.since, self.error = self.since or now, error
        if now - self.since >= backoff.give_up:
            return False
        _logger.warning("%s. It is tried again", error)
        self._attempts += 1
        return not self._stop.wait(backoff.wait(self._attempts))

    def is_over(self, name: str) -> None:
        """Note that the stream is there.

        Args:
            name: Of the stream, without passwords.
        """
        if self.since is not None:
            seconds = time.monotonic() - self.since
            _logger.warning("%s is there after %.1f s", name, seconds)
        self.since = self.error = None

    def close(self) -> None:
        """Wait no longer, from any thread."""
        self._stop.set()
