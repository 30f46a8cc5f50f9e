"""Size of the Agot stand-in and what occurs in it: its profiles."""

from dataclasses import dataclass

from standin.labels import RARE, TABLE1
from standin.motion import PROGRAMMES


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


# Clips as in Table 1; clips times length falls from 2,376 to 392 frames, 6:1.
_MINI = (
    ClipSpec("Put item into meal using hands", 66, 36),
    ClipSpec("Pick up from bin with hands", 55, 35),
    ClipSpec("Pick up sauce", 52, 33),
    ClipSpec("Put sauce down", 41, 32),
    ClipSpec("Clean counter", 36, 31),
    ClipSpec("Squirt sauce", 31, 30),
    ClipSpec("Pick up a drink", 22, 28),
    ClipSpec("Put drink down", 14, 28),
    # Too few clips: the converter has to drop these.
    ClipSpec("Handing credit card", 4, 24),
    ClipSpec("Operating fivestar", 3, 24),
    ClipSpec("Open jar", 2, 24),
    ClipSpec("Scrub cutting board", 1, 24),
)

# The labels of the mini profile; clips times length falls from 5,400 to 140 frames: the
# 38:1 of Table 1, of which the mini profile has 6:1.
_LONG_TAIL = tuple(
    ClipSpec(spec.name, clips, length)
    for spec, clips, length in zip(
        _MINI,
        (150, 100, 70, 48, 34, 24, 15, 10),
        (36, 32, 28, 24, 21, 18, 16, 14),
        strict=False,
    )
)

# Table 1's frames per clip, scaled so that half of 36,000 frames show an action.
_FRAME_SCALE = 0.25
# A clip shorter than this shows too little motion; 2 labels would fall below it.
_MIN_MEAN_LENGTH = 10.0


def _full_clips() -> tuple[ClipSpec, ...]:
    """Table 1's labels with its clip counts, and the rare labels."""
    return tuple(
        ClipSpec(
            row.name,
            row.clips,
            max(_MIN_MEAN_LENGTH, row.frames_per_clip * _FRAME_SCALE),
        )
        for row in TABLE1 + RARE
    )


PROFILES: dict[str, Profile] = {
    "mini": Profile(
        "mini", 320, 180, 25, (0.36, 0.34, 0.30), 54, (0.0, 0.2, 0.8), _MINI
    ),
    "longtail": Profile(
        "longtail", 320, 180, 25, (0.36, 0.34, 0.30), 76, (0.0, 0.2, 0.8), _LONG_TAIL
    ),
    "full": Profile(
        "full", 1280, 720, 25, (0.68, 0.32), 240, (0.3, 0.4, 0.3), _full_clips()
    ),
}
