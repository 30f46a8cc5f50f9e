"""Clips of the J-HMDB stand-in: how many and how long, and their frames."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from standin.appearance import Sway
from standin.articulated_figure import ArticulatedFigure
from standin.drawing import make_background
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


_PAN = 16  # largest shift of the background in pixels
_BEND = 0.3  # an arm may leave the image: free room beside the actor, in heights
_REACH = 1.1  # of a raised arm above the ground, in heights
# Names of HMDB sources have characters like these; some need quoting in shells.
_ODD = ("", "_(2)", "!", "_@_home", "_&_co", "")


@dataclass(frozen=True)
class ReleaseClip:
    """One clip of the J-HMDB stand-in.

    Args:
        action: Its class.
        source: Number of its footage within the class.
        number: Number of the clip within the footage.
        length: Number of frames.
        num_masks: Number of frames with a mask and joints; the first ones.
    """

    action: str
    source: int
    number: int
    length: int
    num_masks: int

    @property
    def name(self) -> str:
        """Name of the video, formed as HMDB's names are."""
        source = f"Standin{_ODD[self.source % len(_ODD)]}_{self.source}"
        return f"{source}_{self.action}_f_cm_np1_fr_med_{self.number}"

    def in_test(self, split: int) -> bool:
        """Whether the clip is in the test part of an official split.

        Args:
            split: 1, 2 or 3.

        Returns:
            True for a third of the footages, another one in each split.
        """
        return self.source % 3 == split - 1

    def joints(self, profile: ReleaseProfile, seed: int) -> np.ndarray:
        """Joints of the actor.

        Args:
            profile: Size of the frames.
            seed: Seed of the stand-in.

        Returns:
            Pixels, 0 at the edge of the image, shape (T, 15, 2); may lie outside.
        """
        return self._scene(profile, seed)[1]

    def frames(
        self, profile: ReleaseProfile, seed: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Draw the clip.

        Args:
            profile: Size of the frames.
            seed: Seed of the stand-in.

        Yields:
            RGB image (H, W, 3) and mask of the actor (H, W), uint8.
        """
        figure, joints, background, offsets = self._scene(profile, seed)
        for points, (x, y) in zip(joints, offsets.tolist(), strict=True):
            image = background[y : y + profile.height, x : x + profile.width].copy()
            mask = np.zeros(image.shape[:2], dtype=np.uint8)
            figure.draw(image, mask, points)
            yield image, mask

    def _scene(
        self, profile: ReleaseProfile, seed: int
    ) -> tuple[ArticulatedFigure, np.ndarray, np.ndarray, np.ndarray]:
        """Actor, joints, background and its offset in each frame."""
        action = profile.classes.index(self.action)
        shared = np.random.default_rng([seed, action, self.source])
        figure = ArticulatedFigure.draw_at_random(profile.actor_heights, shared)
        room = 2 * _PAN
        background = make_background(
            profile.width + room, profile.height + room, shared
        )
        rng = np.random.default_rng([seed, action, self.source, self.number])
        times = np.arange(self.length)
        size = np.array([profile.width, profile.height])
        low = np.array([_BEND, _REACH]) * figure.height
        high = np.maximum(size - [_BEND * figure.height, 4], low)
        ground = rng.uniform(low, high) + Sway.draw(rng, 6.0).offsets(times)
        poses = POSE_PROGRAMMES[self.action].poses(self.length, rng)
        joints = figure.joints(poses) + ground[:, None]
        pan = Sway.draw(rng, float(_PAN)).offsets(times) + _PAN
        return figure, joints, background, np.rint(pan).astype(int)


def plan_clips(profile: ReleaseProfile, seed: int) -> list[ReleaseClip]:
    """Draw the lengths of all clips.

    The second clip has three masks fewer than frames, as three videos of the release.

    Args:
        profile: What occurs.
        seed: Seed of the stand-in.

    Returns:
        Clips by class, footage and number.
    """
    rng = np.random.default_rng(seed)
    first, last = profile.lengths
    clips: list[ReleaseClip] = []
    for action in profile.classes:
        for source in range(profile.sources):
            for number in range(profile.clips):
                length = int(rng.integers(first, last + 1))
                missing = 3 if len(clips) == 1 else 0
                clips.append(
                    ReleaseClip(action, source, number, length, length - missing)
                )
    return clips
