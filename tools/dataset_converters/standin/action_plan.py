"""ActionPlan: one action of one worker."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionPlan:
    """One action of one worker, that is one CVAT track.

    Args:
        track_id: Number of the track, unique over all sources.
        label: Class of the action.
        start: First frame, 0-based in the source video.
        length: Number of frames.
        slot: Place of the worker at the counter, 0-based from the left.
    """

    track_id: int
    label: str
    start: int
    length: int
    slot: int

    @property
    def stop(self) -> int:
        """First frame after the action."""
        return self.start + self.length
