"""What happens when in the stand-in: plain records without any pixels."""

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
