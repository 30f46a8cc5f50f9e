"""What is known at each moment of a stream, if looking at a frame takes time.

After Li et al., "Towards Streaming Perception" (ECCV 2020): a frame is compared with
the newest prediction that was finished when the frame came, whatever frame that
prediction is of.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Seconds below which two moments are one: sums of frame distances are not exact.
_SAME = 1e-9


class LiveSchedule(NamedTuple):
    """Which frames a detector looked at, and when (P predictions).

    Attributes:
        frames: ``(P,)`` int64, 0-based, increasing.
        begun: ``(P,)`` seconds.
        finished: ``(P,)`` seconds, each not after the next one's ``begun``.
    """

    frames: NDArray[np.int64]
    begun: NDArray[np.float64]
    finished: NDArray[np.float64]


def live_schedule(
    arrivals: NDArray[np.float64], duration_of: Callable[[int, int], float]
) -> LiveSchedule:
    """Simulate a detector that always looks at the newest frame.

    When it is free it takes all frames that have come since, and looks at the last of
    them; if none has come it waits for the next one.

    Args:
        arrivals: ``(F,)`` seconds at which the frames come, not falling.
        duration_of: Seconds that it takes for the frames from one number to before
            another; called in order, each frame is in one call.

    Returns:
        The schedule; its last frame is the last of the video.

    Raises:
        ValueError: Times fall, or a duration is negative or not finite.
    """
    if (np.diff(arrivals) < 0).any() or not np.isfinite(arrivals).all():
        raise ValueError("the frames' times must not fall, and must be finite")
    frames, begun, finished = [], [], []
    first, free = 0, -np.inf
    while first < len(arrivals):
        begin = max(free, float(arrivals[first]))
        stop = int(np.searchsorted(arrivals, begin + _SAME, side="right"))
        duration = duration_of(first, stop)
        if not 0 <= duration < np.inf:
            raise ValueError(f"a duration of {duration} s must be 0 or more, finite")
        free = begin + duration
        frames.append(stop - 1)
        begun.append(begin)
        finished.append(free)
        first = stop
    return LiveSchedule(np.array(frames, np.int64), np.array(begun), np.array(finished))


def standing_predictions(
    arrivals: NDArray[np.float64], schedule: LiveSchedule
) -> NDArray[np.int64]:
    """Newest prediction that is finished when each frame comes.

    Args:
        arrivals: ``(F,)`` seconds.
        schedule: Of P predictions.

    Returns:
        ``(F,)`` place of the prediction in the schedule; -1 where none is finished.
        One that is finished in the moment in which the frame comes counts, so that a
        detector which takes no time is scored as on a file.
    """
    newest = np.searchsorted(schedule.finished, arrivals + _SAME, side="right") - 1
    return newest.astype(np.int64)


def mean_age(arrivals: NDArray[np.float64], schedule: LiveSchedule) -> float:
    """Mean age of what is known, in seconds.

    Args:
        arrivals: ``(F,)`` seconds.
        schedule: Of the predictions.

    Returns:
        Mean over the frames with a standing prediction of the time since the frame
        that it is of; NaN if there are none.
    """
    standing = standing_predictions(arrivals, schedule)
    known = standing >= 0
    if not known.any():
        return float("nan")
    looked_at = arrivals[schedule.frames[standing[known]]]
    return float(np.mean(arrivals[known] - looked_at))
