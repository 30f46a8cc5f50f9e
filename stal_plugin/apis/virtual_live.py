"""A file as if it came live, on a clock that is simulated."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.sources import Source
from stal_plugin.evaluation.live_schedule import (
    LiveSchedule,
    live_schedule,
    standing_predictions,
)


class LiveRun(NamedTuple):
    """What a detector found on a video that came live.

    Attributes:
        results: Of the frames that it looked at; without tracks, the images empty.
        schedule: When it looked at them.
        arrivals: ``(F,)`` seconds at which the frames came.
    """

    results: Sequence[FrameResult]
    schedule: LiveSchedule
    arrivals: NDArray[np.float64]

    def known(self) -> list[FrameResult]:
        """What was known when each frame came, as a result of that frame.

        Frames before the first prediction was finished are left out.
        """
        standing = standing_predictions(self.arrivals, self.schedule)
        return [
            replace(
                self.results[place], frame=frame + 1, time=float(self.arrivals[frame])
            )
            for frame, place in enumerate(standing.tolist())
            if place >= 0
        ]


def run_live(
    det: ActionDetector,
    source: Source,
    arrivals: NDArray[np.float64],
    latency: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> LiveRun:
    """Detect on a video as if it came live, as fast as the network allows.

    As on a live source all frames enter the clips, and the network looks at the newest
    one each time that it is free. Time is simulated: what it takes is measured, or
    given. Decoding does not count, since a thread of its own does that.

    Args:
        det: The detector.
        source: A file; it is closed.
        arrivals: ``(F,)`` seconds at which the frames come, of all frames.
        latency: Seconds from taking frames to the result; None: measured.
        clock: Seconds, for measuring.

    Raises:
        ValueError: The source has fewer frames than ``arrivals``.
    """
    frames = iter(source)
    session = det.begin(source, track=False)
    results: list[FrameResult] = []

    def look(first: int, stop: int) -> float:
        group = list(islice(frames, stop - first))
        if len(group) < stop - first:
            raise ValueError(
                f"{source.name} ends after {first + len(group)} frames, but has "
                f"{len(arrivals)} by its annotation"
            )
        begin = clock()
        det.prepare(session, group)
        (result,) = det.detect([session])
        measured = clock() - begin
        results.append(without_image(result))
        return measured if latency is None else latency

    with closing(source):
        return LiveRun(results, live_schedule(arrivals, look), arrivals)


def replayed(
    results: Sequence[FrameResult], arrivals: NDArray[np.float64], latency: float
) -> LiveRun:
    """Give what :func:`run_live` would, out of the results of all frames.

    Only for a detector with ``stride=1``, whose result of a frame does not depend on
    which frames it looked at before.

    Args:
        results: Of each frame.
        arrivals: ``(F,)`` seconds at which the frames come.
        latency: Seconds from taking frames to the result.

    Raises:
        ValueError: There is not a result for each frame.
    """
    if len(results) != len(arrivals):
        raise ValueError(f"{len(results)} results are of {len(arrivals)} frames")
    schedule = live_schedule(arrivals, lambda first, stop: latency)
    return LiveRun([results[f] for f in schedule.frames], schedule, arrivals)


def without_image(result: FrameResult) -> FrameResult:
    """A result whose image has its size and takes no memory."""
    shape = result.image.shape
    return replace(result, image=np.broadcast_to(np.uint8(0), shape))
