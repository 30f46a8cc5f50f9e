"""All that a live page shows, fed by the detector's thread."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any

from stal_plugin.apis.action_events import ActionEvent
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.live_page.hub import Hub, Message
from stal_plugin.apis.live_page.picture_slot import PictureSlot, result_numbers
from stal_plugin.apis.live_page.stream_state import StreamState
from stal_plugin.apis.live_page.thresholds import Thresholds
from stal_plugin.visualization.labels import class_colors, text_color


class LiveState:
    """Streams, events and thresholds; what changes is told to the browsers.

    ``put`` and ``end`` are called by the detector's thread, everything else by the
    server's. Memory is bounded: the newest result of each stream, a log of events, the
    timeline's actions.

    Args:
        classes: Names of the classes.
        sources: Source of each stream, by its name.
        thresholds: Per class.
        hub: Where the browsers are.
        multilabel: Whether a person may do several things at a time.
        fps: Pictures per second and stream, see ``PictureSlot``.
        width: Of the pictures.
        log: Events that are kept.
        clock: Seconds.
    """

    def __init__(
        self,
        classes: Sequence[str],
        sources: Mapping[str, Any],
        thresholds: Thresholds,
        hub: Hub,
        multilabel: bool = False,
        fps: float = 10.0,
        width: int = 960,
        log: int = 500,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.classes = tuple(classes)
        self.thresholds = thresholds
        self.hub = hub
        self.streams = tuple(
            StreamState(
                number,
                name,
                source,
                thresholds,
                multilabel,
                PictureSlot(number, source, fps, width),
                clock,
            )
            for number, (name, source) in enumerate(sources.items())
        )
        self._by_name = {stream.name: stream for stream in self.streams}
        self._log: deque[dict[str, Any]] = deque(maxlen=log)
        self._num_events = 0
        self._lock = Lock()

    def put(self, name: str, result: FrameResult) -> None:
        """Take in the next result of a stream."""
        stream = self._by_name[name]
        with self._lock:
            self._log_events(stream, stream.update(result))
        numbers = partial(result_numbers, stream.number, result)
        self.hub.publish(Message("result", numbers, f"result {stream.number}"))

    def end(self, name: str, error: str | None = None) -> None:
        """Note that a stream is over.

        Args:
            name: Of the stream.
            error: Why, if it is not the regular end.
        """
        stream = self._by_name[name]
        with self._lock:
            self._log_events(stream, stream.end(error))
        self.publish_status()

    def move_thresholds(self, changes: Mapping[int, float]) -> None:
        """Move thresholds: they count from the next frame on.

        Args:
            changes: New threshold by 0-based class.

        Raises:
            ValueError: See ``Thresholds.move``.
        """
        self.thresholds.move(changes)
        self.hub.publish(Message("thresholds", self.classes_as_json, "thresholds"))

    def publish_status(self) -> None:
        """Tell all browsers how the streams fare."""
        self.hub.publish(Message("status", self.status, "status"))

    def status(self) -> dict[str, Any]:
        """Return how the streams and the browsers fare, see ``schemas.Status``."""
        with self._lock:
            streams = [stream.status() for stream in self.streams]
        clients, missed = len(self.hub), self.hub.num_dropped
        return {"streams": streams, "clients": clients, "missed": missed}

    def classes_as_json(self) -> list[dict[str, Any]]:
        """Return name, threshold and colours of each class, see ``schemas.Action``."""
        colors = class_colors(len(self.classes))
        values = self.thresholds.values.tolist()
        return [
            {
                "label": label,
                "name": name,
                "threshold": round(values[label], 4),
                "color": _hex(colors[label].tolist()),
                "text_color": _hex(text_color(colors[label])),
            }
            for label, name in enumerate(self.classes)
        ]

    def events(self) -> list[dict[str, Any]]:
        """Return the newest events, see ``schemas.Event``."""
        with self._lock:
            return list(self._log)

    def snapshot(self) -> dict[str, Any]:
        """Return everything except pictures, see ``schemas.State``."""
        with self._lock:
            events, count = list(self._log), self._num_events
            timeline = [
                {"stream": stream.number, **segment.to_dict()}
                for stream in self.streams
                for segment in stream.timeline.segments(stream.time)
            ]
        for segment in timeline:
            segment["ended"] = segment.pop("event") == "end"
        return {
            "classes": self.classes_as_json(),
            "floor": self.thresholds.floor,
            "num_events": count,
            "events": events,
            "timeline": timeline,
            **self.status(),
        }

    def _log_events(self, stream: StreamState, events: Sequence[ActionEvent]) -> None:
        for event in events:
            self._num_events += 1
            number = {"number": self._num_events, "stream": stream.number}
            told = {**number, **event.to_dict()}
            self._log.append(told)
            self.hub.publish(Message("event", partial(dict, told)))


def _hex(color: Sequence[int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
