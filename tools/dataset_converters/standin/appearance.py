"""What is drawn at random, independent of the class: camera, workers, handlings."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sway:
    """Sum of two slow sinusoids along each axis.

    Args:
        amplitudes: Amplitude of each sinusoid, along (x, y), 2 x 2.
        periods: Period of each in frames, 2 x 2.
        phases: Phase of each in turns, 2 x 2.
    """

    amplitudes: tuple[tuple[float, float], ...]
    periods: tuple[tuple[float, float], ...]
    phases: tuple[tuple[float, float], ...]

    def offsets(self, frames: np.ndarray) -> np.ndarray:
        """Displacement in the given frames.

        Args:
            frames: Frame numbers, shape (T,).

        Returns:
            Displacement (x, y), shape (T, 2), in the unit of the amplitudes.
        """
        t = np.asarray(frames, dtype=np.float64)[:, None, None]
        angle = 2 * np.pi * (t / np.array(self.periods) + np.array(self.phases))
        return (np.array(self.amplitudes) * np.sin(angle)).sum(axis=1)

    @classmethod
    def draw(cls, rng: np.random.Generator, amplitude: float) -> "Sway":
        """Draw a movement.

        Args:
            rng: Source of randomness.
            amplitude: Largest possible displacement along each axis.

        Returns:
            A movement with periods of 60 to 200 frames.
        """
        amplitudes = rng.uniform(0.2, 0.5, (2, 2)) * amplitude
        periods = rng.uniform(60, 200, (2, 2))
        return cls(_pairs(amplitudes), _pairs(periods), _pairs(rng.random((2, 2))))


def _pairs(values: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Convert a (2, 2) array to nested tuples."""
    return tuple((float(a), float(b)) for a, b in values)


INPUT_SIZE = 224.0


@dataclass(frozen=True)
class Camera:
    """Maps the kitchen to the pixels of one source video.

    The kitchen is measured in *units*: 224 units span the width and the height of
    the frame, as the network sees it, so that boxes of 15 to 70 units have that many
    pixels at 224x224 input.

    Args:
        width: Width of the video in pixels.
        height: Height of the video in pixels.
        zoom: Scale about the middle of the frame.
        shift: Shift (x, y) in units.
        gain: Factor on the brightness.
    """

    width: int
    height: int
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    gain: float = 1.0

    @property
    def pixels_per_unit(self) -> np.ndarray:
        """Pixels per unit of size along (x, y), zoom included, shape (2,)."""
        return np.array([self.width, self.height]) / INPUT_SIZE * self.zoom

    def points(self, units: np.ndarray) -> np.ndarray:
        """Convert positions in units to pixels.

        Args:
            units: Positions (x, y) in units, shape (..., 2).

        Returns:
            Positions in pixels of the video, same shape.
        """
        middle = INPUT_SIZE / 2
        centred = (np.asarray(units) - middle) * self.zoom + middle + self.shift
        return centred * (np.array([self.width, self.height]) / INPUT_SIZE)

    @classmethod
    def draw(
        cls, width: int, height: int, rng: np.random.Generator, index: int
    ) -> "Camera":
        """Draw the vantage point of a source video.

        Args:
            width: Width of the video in pixels.
            height: Height of the video in pixels.
            rng: Source of randomness.
            index: Number of the source; sources alternate between near and far.

        Returns:
            A camera with a zoom of 0.93 to 1.
        """
        zoom = 1.0 - 0.05 * (index % 2) - 0.02 * rng.random()
        shift = (float(rng.uniform(-2, 2)), float(rng.uniform(-14, 14)))
        return cls(width, height, float(zoom), shift, float(rng.uniform(0.85, 1.1)))


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
