"""How soon, and how rightly, the starts of actions are reported."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class TimedAction(NamedTuple):
    """Somebody does something in a video.

    Attributes:
        video: Name of the video.
        label: 0-based class.
        start: Seconds at which it begins.
        end: Seconds at which it ends.
        known: Seconds at which it was reported; of ground truth, the start.
    """

    video: str
    label: int
    start: float
    end: float
    known: float


class EventDelays(NamedTuple):
    """How actions were reported.

    Attributes:
        delays: Seconds from the start of each action that was found to its report.
        num_missed: Actions that no report fits.
        num_false: Reports that fit no action.
    """

    delays: NDArray[np.float64]
    num_missed: int
    num_false: int


def event_delays(
    reports: Iterable[TimedAction], actions: Sequence[TimedAction]
) -> EventDelays:
    """Find the action that each report is about.

    A report fits an action of the same video and class if their times overlap. In the
    order in which they were made, the reports take the fitting action that began first
    and is not taken yet.

    Args:
        reports: What a detector reported.
        actions: Ground truth.

    Returns:
        Delays and counts.
    """
    waiting: dict[tuple[str, int], list[TimedAction]] = {}
    for action in sorted(actions, key=lambda a: a.start):
        waiting.setdefault((action.video, action.label), []).append(action)
    delays, num_false = [], 0
    for report in sorted(reports, key=lambda r: r.known):
        rest = waiting.get((report.video, report.label), [])
        fits = [a for a in rest if a.start <= report.end and report.start <= a.end]
        if not fits:
            num_false += 1
            continue
        delays.append(report.known - fits[0].start)
        rest.remove(fits[0])
    num_missed = sum(len(rest) for rest in waiting.values())
    return EventDelays(np.array(delays), num_missed, num_false)
