"""Somebody begins or ends an action."""

from dataclasses import dataclass
from typing import Any


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

    def to_json(self) -> dict[str, Any]:
        """Return the event for a line of JSON; times have milliseconds."""
        return {
            "event": self.kind,
            "track_id": self.track_id,
            "label": self.label,
            "name": self.name,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "score": round(self.score, 4),
        }
