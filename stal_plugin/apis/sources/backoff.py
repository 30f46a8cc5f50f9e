"""How long to wait before the next attempt."""

from dataclasses import dataclass


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
