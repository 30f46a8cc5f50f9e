"""Pose programmes: how a figure moves in each J-HMDB class of the stand-in.

A pose is five parameters, each in [0, 1). In every class every parameter is uniformly
distributed over the frames; a class differs from another only in which parameter moves,
how fast, and which way. A single frame therefore says nothing about the class.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

PARAMETERS = ("stance", "sweep", "stride", "right_forearm", "left_forearm")


@dataclass(frozen=True)
class PoseProgramme:
    """Movement of one class: a triangle wave of some parameters.

    Args:
        parameters: Names of the parameters that move; the others stand still.
        period: Frames per cycle.
        rise: Share of the cycle in which the parameter rises; above 0.5 it rises slowly
            and falls fast. ``1 - rise`` is the time reversal.
    """

    parameters: tuple[str, ...]
    period: float
    rise: float = 0.5

    def poses(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the poses of one video.

        Args:
            length: Number of frames.
            rng: Source of randomness.

        Returns:
            Parameters in the order of :data:`PARAMETERS`, shape (T, 5).
        """
        phases = rng.random(len(PARAMETERS))
        period = self.period * rng.uniform(0.9, 1.1)
        cycles = np.arange(length) / period
        moves = np.array([name in self.parameters for name in PARAMETERS])
        return triangle(phases + cycles[:, None] * moves, self.rise)


def triangle(cycles: np.ndarray, rise: float) -> np.ndarray:
    """Triangle wave between 0 and 1.

    Args:
        cycles: Time in cycles, any shape.
        rise: Share of a cycle in which the wave rises, in (0, 1).

    Returns:
        Values of the same shape; uniformly distributed if ``cycles`` is.
    """
    phase = cycles % 1.0
    return np.where(phase < rise, phase / rise, (1 - phase) / (1 - rise))


# Two classes for each moving part: time reversals, two speeds, one arm or both.
POSE_PROGRAMMES: dict[str, PoseProgramme] = {
    "catch": PoseProgramme(("sweep",), 14, 0.8),
    "clap": PoseProgramme(("right_forearm", "left_forearm"), 10),
    "run": PoseProgramme(("stride",), 8),
    "sit": PoseProgramme(("stance",), 18, 0.8),
    "stand": PoseProgramme(("stance",), 18, 0.2),
    "throw": PoseProgramme(("sweep",), 14, 0.2),
    "walk": PoseProgramme(("stride",), 20),
    "wave": PoseProgramme(("right_forearm",), 10),
}


def reversed_poses(classes: Sequence[str]) -> list[tuple[str, str]]:
    """Find the classes that are each other played backwards.

    Args:
        classes: Names of classes.

    Returns:
        Pairs of names, each pair once.
    """
    known = {name: POSE_PROGRAMMES[name] for name in classes}
    return [
        (a, b)
        for a, b in combinations(known, 2)
        if (known[a].parameters, known[a].period)
        == (known[b].parameters, known[b].period)
        and known[a].rise != 0.5
        and math.isclose(known[a].rise, 1 - known[b].rise)
    ]
