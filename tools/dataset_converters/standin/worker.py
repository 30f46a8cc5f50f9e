"""Worker: place, clothes and idle movement of one person in one segment."""

from dataclasses import dataclass

import numpy as np

from standin.sway import Sway

Colour = tuple[int, int, int]

_SLOT_X = (39.0, 112.0, 185.0)


@dataclass(frozen=True)
class Worker:
    """One person behind the counter during one segment.

    Args:
        centre: Middle of the work place in front of the worker, in units.
        sway: Movement of the whole person; goes on when nothing else happens.
        size: Half axes (x, y) of the trunk, in units.
        shirt: Colour of the clothes, RGB.
        skin: Colour of head, arm and hand, RGB.
        keeps_board: Whether an empty board lies there when the worker is idle.
        board: Colour of that board, RGB.
    """

    centre: tuple[float, float]
    sway: Sway
    size: tuple[float, float]
    shirt: Colour
    skin: Colour
    keeps_board: bool
    board: Colour

    @classmethod
    def draw(cls, slot: int, rng: np.random.Generator) -> "Worker":
        """Draw a worker for a slot, independent of what the worker will do.

        Args:
            slot: Place at the counter, 0-based from the left.
            rng: Source of randomness.

        Returns:
            The worker.
        """
        x = _SLOT_X[slot] + rng.uniform(-2.0, 2.0)
        tone = rng.uniform(0.45, 1.0)
        skin = np.array([215, 165, 130]) * tone + rng.uniform(-10, 10, 3)
        return cls(
            centre=(float(x), float(rng.uniform(108, 158))),
            sway=Sway.draw(rng, amplitude=2.4),
            size=(float(rng.uniform(22, 30)), float(rng.uniform(32, 44))),
            shirt=to_colour(rng.uniform(20, 220, 3)),
            skin=to_colour(skin),
            keeps_board=bool(rng.random() < 0.35),
            board=to_colour(rng.uniform(30, 230, 3)),
        )


def to_colour(values: np.ndarray) -> Colour:
    """Round and limit three numbers to a RGB colour.

    Args:
        values: Red, green and blue, shape (3,).

    Returns:
        The colour as OpenCV takes it.
    """
    red, green, blue = np.clip(np.rint(values), 0, 255).astype(int).tolist()
    return red, green, blue
