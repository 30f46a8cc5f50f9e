"""Handling: look, box and start state of one action, independent of its class."""

from dataclasses import dataclass

import numpy as np

from standin.sway import Sway
from standin.worker import Colour, to_colour

_SIDE = (24.0, 54.0)  # square root of the box area, in units
_ASPECT = 1.5


@dataclass(frozen=True)
class Handling:
    """Everything about an action that does not tell its class.

    Args:
        size: Width and height of the board with hand and item on it, in units.
        reach: Slow movement of the board relative to the worker.
        margin: Distance from the board to the labelled box, in pixels.
        start: Start state on the torus, see :class:`Motion`.
        phase: Start phase of oscillations, in turns.
        board: Colour of the board, RGB.
        item: Colour of the item, RGB.
        hand: Colour of the hand or glove, RGB.
        bar: Length and width of the item and radius of the hand, as shares of the
            shorter side of the board.
    """

    size: tuple[float, float]
    reach: Sway
    margin: float
    start: tuple[float, float, float, float]
    phase: float
    board: Colour
    item: Colour
    hand: Colour
    bar: tuple[float, float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Handling":
        """Draw an action's look without knowing its class.

        Args:
            rng: Source of randomness.

        Returns:
            The look, with boxes of 19 to 66 units.
        """
        side = np.exp(rng.uniform(*np.log(_SIDE)))
        stretch = np.sqrt(np.exp(rng.uniform(-1, 1) * np.log(_ASPECT)))
        x, y, size_phase, angle = rng.random(4).tolist()
        board, item = rng.uniform(15, 75, 3), rng.uniform(165, 245, 3)
        hand = item - np.roll([0, 0, rng.uniform(30, 80)], rng.integers(3))
        return cls(
            size=(float(side * stretch), float(side / stretch)),
            reach=Sway.draw(rng, amplitude=1.5),
            margin=float(rng.uniform(1.0, 2.0)),
            start=(x, y, size_phase, angle),
            phase=float(rng.random()),
            # Bright on dark: a network then needs one kind of motion filter, not two.
            board=to_colour(board),
            item=to_colour(item),
            hand=to_colour(hand),
            bar=(
                float(rng.uniform(0.55, 0.75)),
                float(rng.uniform(0.16, 0.26)),
                float(rng.uniform(0.15, 0.21)),
            ),
        )
