"""ClipSpec: how many clips of a label there are, and how long."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ClipSpec:
    """Clips of one label.

    Args:
        name: The label.
        clips: Number of clips (tracks) over all source videos.
        mean_length: Mean length of a clip in frames.
    """

    name: str
    clips: int
    mean_length: float
