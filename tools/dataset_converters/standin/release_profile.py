"""Profile of the J-HMDB stand-in: its size and what occurs in it."""

from dataclasses import dataclass

from standin.pose_programmes import POSE_PROGRAMMES


@dataclass(frozen=True)
class ReleaseProfile:
    """Size of the J-HMDB stand-in and what occurs in it.

    Args:
        name: Name of the profile.
        classes: Actions, names of J-HMDB.
        sources: Number of footages per class; clips of one share actor and background.
        clips: Number of clips per footage.
        width: Width of the frames in pixels.
        height: Height of the frames in pixels.
        lengths: Smallest and largest number of frames of a clip.
        actor_heights: Smallest and largest height of an actor in pixels.
        apple_double: Whether to write ``.AppleDouble`` folders, as in the release.

    Raises:
        ValueError: A class has no pose programme.
    """

    name: str
    classes: tuple[str, ...]
    sources: int
    clips: int
    width: int = 320
    height: int = 240
    lengths: tuple[int, int] = (15, 40)
    actor_heights: tuple[float, float] = (110, 190)
    apple_double: bool = True

    def __post_init__(self) -> None:
        unknown = [name for name in self.classes if name not in POSE_PROGRAMMES]
        if unknown:
            raise ValueError(
                f"profile {self.name!r}: no pose programme for {unknown}; allowed: "
                f"{', '.join(POSE_PROGRAMMES)}"
            )


RELEASE_PROFILES: dict[str, ReleaseProfile] = {
    "mini": ReleaseProfile("mini", tuple(POSE_PROGRAMMES), sources=24, clips=2),
}
