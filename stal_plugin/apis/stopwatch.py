"""Time of the stages of a program, and results per second."""

import functools
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Stopwatch:
    """Time of the stages of a program, measured where they happen.

    Stages may contain each other: a second counts for the innermost one only.

    Args:
        wait: Called at both ends of a stage, to wait for work that a GPU still does.
        clock: Seconds.
    """

    def __init__(
        self,
        wait: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.wait = wait
        self.clock = clock
        self._seconds: dict[str, float] = {}
        self._inner = [0.0]  # seconds of inner stages, for each open stage

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside of the ``with`` statement."""
        self.wait()
        start = self.clock()
        self._inner.append(0.0)
        try:
            yield
        finally:
            self.wait()
            total = self.clock() - start
            own = total - self._inner.pop()
            self._inner[-1] += total
            self._seconds[name] = self._seconds.get(name, 0.0) + own

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, each call of which is a stage."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return function(*args, **kwargs)

        return timed

    def lap(self) -> dict[str, float]:
        """Return the seconds of each stage since the last lap."""
        seconds, self._seconds = self._seconds, {}
        return seconds


class RateMeter:
    """Results per second, over the last few seconds.

    Args:
        window: Results that count.
    """

    def __init__(self, window: int = 50) -> None:
        self._times: deque[float] = deque(maxlen=window)

    def tick(self, now: float | None = None) -> float:
        """Count a result.

        Args:
            now: Seconds on any clock; default: the system's.

        Returns:
            Results per second; 0 at the first.
        """
        self._times.append(time.perf_counter() if now is None else now)
        span = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0
