"""Starts and ends of actions, found while the results come in."""

from dataclasses import dataclass, replace
from typing import Any

from stal_plugin.apis.frame_result import FrameResult


@dataclass(frozen=True)
class ActionEvent:
    """Somebody begins or ends an action.

    Args:
        kind: ``'start'`` or ``'end'``.
        track_id: Who.
        label: 0-based class.
        name: Its name.
        start: Seconds at which it began.
        end: Seconds at which it ended; at a start, when it was last seen.
        score: Best score so far.
    """

    kind: str
    track_id: int
    label: int
    name: str
    start: float
    end: float
    score: float

    def __str__(self) -> str:
        span = f"{self.start:.1f}-{self.end:.1f} s"
        if self.kind == "start":
            span = f"since {self.start:.1f} s"
        return f"person {self.track_id}: {self.name}, {span}"

    def to_dict(self) -> dict[str, Any]:
        """Return what goes into a line of JSON; times have milliseconds."""
        return {
            "event": self.kind,
            "track_id": self.track_id,
            "label": self.label,
            "name": self.name,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "score": round(self.score, 4),
        }


class ActionEvents:
    """Find who begins and ends which action, as the results come in.

    An action begins where the vote of a track goes to it for ``min_seconds``, and ends
    where that was not so for ``max_gap`` seconds. Memory depends on the number of
    actions that go on, not on the length of the video.

    Args:
        min_seconds: Shorter actions are left out.
        max_gap: Shorter interruptions are bridged.
        multilabel_thr: Score from which each class of a track counts, for models with
            several labels per person. None: only the class with the most votes.
    """

    def __init__(
        self,
        min_seconds: float = 0.3,
        max_gap: float = 1.0,
        multilabel_thr: float | None = None,
    ) -> None:
        self.min_seconds = min_seconds
        self.max_gap = max_gap
        self.multilabel_thr = multilabel_thr
        self._going_on: dict[tuple[int, int], ActionEvent] = {}
        self._announced: set[tuple[int, int]] = set()

    def update(self, result: FrameResult) -> list[ActionEvent]:
        """Take in the next result.

        Args:
            result: Of a later frame than the one before.

        Returns:
            Actions that ended, then those that are now known to have begun.
        """
        now = result.time
        ended = [k for k, e in self._going_on.items() if now - e.end > self.max_gap]
        events = self._end(ended)
        for key, score in self._votes(result).items():
            before = self._going_on.get(key) or ActionEvent(
                "start", *key, result.classes[key[1]], now, now, score
            )
            event = replace(before, end=now, score=max(before.score, score))
            self._going_on[key] = event
            long_enough = event.end - event.start >= self.min_seconds
            if long_enough and key not in self._announced:
                self._announced.add(key)
                events.append(event)
        return events

    def close(self) -> list[ActionEvent]:
        """End all actions, at the end of the video."""
        return self._end(list(self._going_on))

    def _votes(self, result: FrameResult) -> dict[tuple[int, int], float]:
        """Score of each (track, class) that is on this frame."""
        if self.multilabel_thr is None:
            return {(t.track_id, t.label): t.score for t in result.tracks}
        return {
            (track.track_id, label): score
            for track in result.tracks
            for label, score in enumerate(track.class_scores.tolist())
            if score >= self.multilabel_thr
        }

    def _end(self, keys: list[tuple[int, int]]) -> list[ActionEvent]:
        events = [replace(self._going_on.pop(key), kind="end") for key in keys]
        known = [e for e in events if (e.track_id, e.label) in self._announced]
        self._announced.difference_update(keys)
        return known
