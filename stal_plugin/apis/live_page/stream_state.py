"""What is known of one stream: its newest frame, actions, speed, and how it fares."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from stal_plugin.apis.action_events import ActionEvent, ActionEvents
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.live_page.picture_slot import PictureSlot
from stal_plugin.apis.live_page.thresholds import Thresholds, above_thresholds
from stal_plugin.apis.live_page.timeline import Timeline
from stal_plugin.apis.stopwatch import RateMeter

#: Seconds without a result after which the rate counts as 0.
_SILENCE = 2.0
#: Any score of a class that has not been set to 0.
_ABOVE_ZERO = 1e-12


class StreamState:
    """What is known of one stream.

    Args:
        number: Of the stream, from 0.
        name: What is shown of it.
        source: Its ``lost_since`` tells since when it is being opened again, its
            ``error`` why, and its ``pixel_aspect`` the shape of its pixels, if it has
            them.
        thresholds: Which detections and votes count.
        multilabel: Whether a person may do several things at a time.
        pictures: Where the newest picture goes.
        clock: Seconds.
    """

    def __init__(
        self,
        number: int,
        name: str,
        source: Any,
        thresholds: Thresholds,
        multilabel: bool,
        pictures: PictureSlot,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number, self.name = number, name
        self.pictures = pictures
        self.timeline = Timeline()
        self.error: str | None = None
        self._source, self._thresholds, self._clock = source, thresholds, clock
        self._events = ActionEvents(multilabel_thr=_ABOVE_ZERO if multilabel else None)
        self._meter = RateMeter()
        self._latencies: deque[float] = deque(maxlen=50)
        self._newest: FrameResult | None = None
        self._arrival = self._fps = 0.0
        self._num_people = self._num_skipped = 0
        self._over_since: float | None = None

    @property
    def time(self) -> float:
        """Seconds of the stream, at its newest frame."""
        return 0.0 if self._newest is None else self._newest.time

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self._over_since is not None

    def update(self, result: FrameResult) -> list[ActionEvent]:
        """Take in the next result; return which actions began or ended with it."""
        self._arrival = self._clock()
        self._fps = self._meter.tick(self._arrival)
        self._latencies.append(result.latency)
        self._newest = result
        self._num_skipped += result.skipped
        counted = above_thresholds(result, self._thresholds.values)
        self._num_people = len(set(counted.track_ids.tolist()))
        self.pictures.put(result)
        return self._kept(self._events.update(counted))

    def end(self, error: str | None = None) -> list[ActionEvent]:
        """Note that the stream is over; return the actions that end with it.

        Args:
            error: Why, if it is not the regular end.
        """
        self._over_since, self.error, self._num_people = self._clock(), error, 0
        return self._kept(self._events.close())

    def _kept(self, events: list[ActionEvent]) -> list[ActionEvent]:
        for event in events:
            self.timeline.add(event)
        return events

    def status(self) -> dict[str, Any]:
        """Return how the stream fares, see ``schemas.StreamStatus``."""
        state, since = self._phase()
        now, newest = self._clock(), self._newest
        age = None if newest is None else now - self._arrival
        silent = age is None or age > _SILENCE or self.is_over
        latencies = self._latencies
        return {
            "stream": self.number,
            "name": self.name,
            "state": state,
            "since": None if since is None else round(time.time() - (now - since), 3),
            "error": self.error or getattr(self._source, "error", None),
            "frame": 0 if newest is None else newest.frame,
            "time": round(self.time, 3),
            "age": None if age is None else round(age, 3),
            "fps": 0.0 if silent else round(self._fps, 2),
            "latency": round(sum(latencies) / len(latencies), 4) if latencies else None,
            "people": self._num_people,
            "skipped": self._num_skipped,
            "lost": 0 if newest is None else newest.lost,
        }

    def _phase(self) -> tuple[str, float | None]:
        """What the stream is doing, and since when."""
        if self._over_since is not None:
            return "failed" if self.error else "ended", self._over_since
        lost_since = getattr(self._source, "lost_since", None)
        if lost_since is not None:
            return "reconnecting", lost_since
        return ("waiting" if self._newest is None else "running"), None
