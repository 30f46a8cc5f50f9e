"""Profile: the size of the stand-in and what occurs in it."""

from dataclasses import dataclass

from standin.clip_spec import ClipSpec
from standin.programmes import PROGRAMMES


@dataclass(frozen=True)
class Profile:
    """Size of the footage and the clips in it.

    Args:
        name: Name of the profile.
        width: Width of the videos in pixels.
        height: Height of the videos in pixels.
        fps: Frames per second.
        source_shares: Share of the clips that goes into each source video.
        groups: Number of groups of concurrent actions over all sources.
        actors_share: Share of the groups in which 1, 2, ... workers act.
        clips: The labels that occur.

    Raises:
        ValueError: A label has no motion programme.
    """

    name: str
    width: int
    height: int
    fps: int
    source_shares: tuple[float, ...]
    groups: int
    actors_share: tuple[float, ...]
    clips: tuple[ClipSpec, ...]

    def __post_init__(self) -> None:
        unknown = [spec.name for spec in self.clips if spec.name not in PROGRAMMES]
        if unknown:
            raise ValueError(
                f"profile {self.name!r}: no motion programme for {unknown}; allowed: "
                f"{', '.join(PROGRAMMES)}"
            )
