"""SourcePlan: what happens in one source video."""

from dataclasses import dataclass

from standin.action_plan import ActionPlan
from standin.segment_plan import SegmentPlan


@dataclass(frozen=True)
class SourcePlan:
    """One source video.

    Args:
        index: Number of the source.
        name: Name of the source, such as ``c0``.
        segments: Consecutive segments, without gaps.
    """

    index: int
    name: str
    segments: tuple[SegmentPlan, ...]

    @property
    def num_frames(self) -> int:
        """Length of the video in frames."""
        return sum(segment.length for segment in self.segments)

    @property
    def actions(self) -> list[ActionPlan]:
        """All actions of the source, by start frame within each segment."""
        return [action for segment in self.segments for action in segment.actions]
