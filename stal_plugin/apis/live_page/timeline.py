"""Which actions went on when, made of the starts and ends of actions."""

from collections import deque
from dataclasses import replace

from stal_plugin.apis.action_events import ActionEvent


class Timeline:
    """Actions of the last while, those that go on included; its size is bounded.

    Args:
        seconds: Actions that ended longer ago are forgotten.
        most: Actions that ended; if there are more, the oldest are forgotten.
    """

    def __init__(self, seconds: float = 60.0, most: int = 500) -> None:
        self.seconds = seconds
        self._ended: deque[ActionEvent] = deque(maxlen=most)
        self._going_on: dict[tuple[int, int], ActionEvent] = {}

    def add(self, event: ActionEvent) -> None:
        """Take in a start or an end."""
        key = event.track_id, event.label
        if event.kind == "start":
            self._going_on[key] = event
        else:
            self._going_on.pop(key, None)
            self._ended.append(event)

    def segments(self, now: float) -> list[ActionEvent]:
        """Return the actions, by their start.

        Args:
            now: Seconds of the stream; actions that go on end there.
        """
        while self._ended and self._ended[0].end < now - self.seconds:
            self._ended.popleft()
        going_on = [replace(event, end=now) for event in self._going_on.values()]
        return sorted([*self._ended, *going_on], key=lambda event: event.start)
