"""SegmentPlan: a group of concurrent actions."""

from dataclasses import dataclass

from standin.action_plan import ActionPlan


@dataclass(frozen=True)
class SegmentPlan:
    """A group of concurrent actions with the empty frames around it.

    Workers and light change from one segment to the next.

    Args:
        index: Number of the segment in its source.
        start: First frame, 0-based in the source video.
        length: Number of frames.
        actions: The actions, by start frame.
    """

    index: int
    start: int
    length: int
    actions: tuple[ActionPlan, ...]

    @property
    def stop(self) -> int:
        """First frame after the segment."""
        return self.start + self.length
