"""LabelCount: how often one label occurs in the footage."""

from typing import NamedTuple


class LabelCount(NamedTuple):
    """How often one label occurs.

    Args:
        name: The label, exactly as in Table 1.
        clips: Number of labelled clips (tracks).
        frames: Number of labelled frames over all clips.
    """

    name: str
    clips: int
    frames: int

    @property
    def frames_per_clip(self) -> float:
        """Mean length of a clip in frames."""
        return self.frames / self.clips
