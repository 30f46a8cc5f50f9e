"""Results per second, measured."""

import time
from collections import deque


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
