"""Ctrl-C and other signals: stop now, but never within the writing of a result."""

from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGINT


class Interruption:
    """A handler of signals that lets what is being written come to its end.

    It is called with the number of the signal.
    """

    def __init__(self) -> None:
        #: That ended the run.
        self.signal: int | None = None
        self._held_off = False
        self._pending = False

    def __call__(self, number: int = SIGINT, *_: object) -> None:
        """Stop now, or at the end of what :meth:`held_off` protects.

        Raises:
            KeyboardInterrupt: Now.
        """
        self.signal = number
        if not self._held_off:
            raise KeyboardInterrupt
        self._pending = True

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Let no signal stop what is inside of the ``with`` statement.

        Raises:
            KeyboardInterrupt: At its end, if a signal came.
        """
        if self._held_off:
            yield
            return
        self._held_off = True
        try:
            yield
        finally:
            self._held_off = False
        if self._pending:
            raise KeyboardInterrupt

    def hold_off(self) -> None:
        """Let no signal stop anything any more: files are being closed."""
        self._held_off = True
