"""How a hand and its item move: the one thing that tells the classes apart.

A Motion for every label that occurs, and the labels that swap when the frames are
mirrored or played backwards.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Motion:
    """Motion programme of one class; the only thing that differs between classes.

    The state of an action in one frame is a point on the torus ``[0, 1)^4``: the
    position ``x, y`` of the item in the box (it leaves the box on one side and
    comes in again on the other), the phase of its size, and its angle in turns.
    A programme adds an offset that depends on time alone to a start state drawn
    uniformly. A shifted uniform point on a torus is uniform, so **the distribution
    of a single frame is the same for all classes, whatever the programme**; only
    the change over time tells them apart. Nothing ever resets, so that every
    window of a few frames shows the class.

    Args:
        drift: Constant velocity (x, y), in boxes per frame; y points down.
        swing: Amplitude (x, y) of a sinusoidal oscillation, in boxes.
        swing_period: Period of the oscillation in frames.
        orbit: Radius of a circular path, in boxes.
        orbit_speed: Speed on that path in turns per frame; positive is clockwise
            on the screen.
        spin: Speed of rotation of the item itself, in turns per frame; positive is
            clockwise on the screen.
        pulse: Speed of the size's phase, in turns per frame.
    """

    drift: tuple[float, float] = (0.0, 0.0)
    swing: tuple[float, float] = (0.0, 0.0)
    swing_period: float = 10.0
    orbit: float = 0.0
    orbit_speed: float = 0.0
    spin: float = 0.0
    pulse: float = 0.0

    def offsets(self, times: np.ndarray, phase: float = 0.0) -> np.ndarray:
        """Offset of the state at the given times.

        Args:
            times: Frames since the start of the action, shape (T,).
            phase: Start phase of oscillation and orbit in turns. It cannot be seen
                in one frame.

        Returns:
            Offsets of (x, y, size phase, angle), shape (T, 4), not wrapped.
        """
        t = np.asarray(times, dtype=np.float64)
        wave = np.sin(2 * np.pi * (t / self.swing_period + phase))
        turn = 2 * np.pi * (self.orbit_speed * t + phase)
        x = self.drift[0] * t + self.swing[0] * wave + self.orbit * np.cos(turn)
        y = self.drift[1] * t + self.swing[1] * wave + self.orbit * np.sin(turn)
        return np.stack([x, y, self.pulse * t, self.spin * t], axis=1)

    def states(
        self, start: np.ndarray, times: np.ndarray, phase: float = 0.0
    ) -> np.ndarray:
        """States on the torus.

        Args:
            start: A point of the torus, shape (4,); uniform for footage.
            times: Frames since the start of the action, shape (T,).
            phase: As in :meth:`offsets`.

        Returns:
            States (x, y, size phase, angle) in [0, 1), shape (T, 4).
        """
        return (np.asarray(start)[None] + self.offsets(times, phase)) % 1.0

    def reversed(self) -> "Motion":
        """Return the programme that shows this one's frames in reverse order."""
        return replace(
            self,
            drift=_canonical((-self.drift[0], -self.drift[1])),
            orbit_speed=-self.orbit_speed or 0.0,
            spin=-self.spin or 0.0,
            pulse=self.pulse,
        )

    def mirrored(self) -> "Motion":
        """Return the programme seen after a horizontal flip of the frames."""
        x, y = self.swing
        # An oscillation and its negative differ by the phase only: keep one sign.
        swing = (x, y) if x == 0 or y == 0 else (x, -y)
        return replace(
            self,
            drift=_canonical((-self.drift[0], self.drift[1])),
            swing=swing,
            orbit_speed=-self.orbit_speed or 0.0,
            spin=-self.spin or 0.0,
        )


def _canonical(pair: tuple[float, float]) -> tuple[float, float]:
    """Replace -0.0 by 0.0, so that equal programmes also print equally."""
    return (pair[0] or 0.0, pair[1] or 0.0)


# Speeds are per frame at 25 fps and in units of the box. They are a compromise: a
# box of 10 px (at 112x112 input) must move by most of a pixel per frame, and two
# frames (frame_interval=2) must stay below half a box or half a turn, where the
# direction becomes ambiguous.
_SLOW = 1 / 15
_FAST = 1 / 6
_DIAGONAL = 1 / 18
_TURN = 1 / 20

PROGRAMMES: dict[str, Motion] = {
    # Pairs of time reversals and of mirror images.
    "Pick up from bin with tong or scooper": Motion(drift=(_DIAGONAL, -_DIAGONAL)),
    "Put item into meal using tongs": Motion(drift=(-_DIAGONAL, -_DIAGONAL)),
    "Put tongs or scooper back in bin": Motion(drift=(-_DIAGONAL, _DIAGONAL)),
    "Put roll into roll cut machine": Motion(drift=(_DIAGONAL, _DIAGONAL)),
    "Put item into meal using hands": Motion(drift=(-_SLOW, 0.0)),
    "Pick up from bin with hands": Motion(drift=(_SLOW, 0.0)),
    "Pick up sauce": Motion(drift=(0.0, -_SLOW)),
    "Put sauce down": Motion(drift=(0.0, _SLOW)),
    "Place cut roll into boat": Motion(drift=(_FAST, 0.0)),
    "Pickup cut roll from roll machine": Motion(drift=(-_FAST, 0.0)),
    "Pick up a drink": Motion(drift=(0.0, -_FAST)),
    "Put drink down": Motion(drift=(0.0, _FAST)),
    "Hand item to customer": Motion(orbit=0.3, orbit_speed=1 / 16, spin=1 / 16),
    "Put lid on roll": Motion(orbit=0.3, orbit_speed=-1 / 16, spin=-1 / 16),
    "Roll a sushi roll": Motion(spin=_TURN),
    "Put gloves on": Motion(spin=-_TURN),
    "Handing credit card": Motion(orbit=0.25, orbit_speed=1 / 16),
    "Inserting chip of credit card": Motion(orbit=0.25, orbit_speed=-1 / 16),
    # Their own mirror image and reversal.
    "Clean counter": Motion(swing=(0.25, 0.0), swing_period=10),
    "Squirt sauce": Motion(pulse=1 / 10),
    "Using a cell phone": Motion(swing=(0.3, 0.0), swing_period=20),
    "Operating sushi roll cutter": Motion(swing=(0.0, 0.3), swing_period=20),
    "Operating POS": Motion(swing=(0.0, 0.25), swing_period=10),
    "Operating fivestar": Motion(pulse=1 / 20),
    # Labels with fewer than ten clips.
    "Wipe tray to the left": Motion(swing=(0.2, 0.2), swing_period=10),
    "Wipe tray to the right": Motion(swing=(0.2, -0.2), swing_period=10),
    "Scrub cutting board": Motion(swing=(0.25, 0.25), swing_period=20),
    "Scrub rice cooker": Motion(swing=(0.25, -0.25), swing_period=20),
    "Open jar": Motion(spin=-1 / 10),
    "Close jar": Motion(spin=1 / 10),
    "Take lid off container": Motion(drift=(0.0, -_SLOW), spin=_TURN),
    "Take cup off stack": Motion(drift=(0.0, -_SLOW), spin=-_TURN),
    "Put lid on container": Motion(drift=(0.0, _SLOW), spin=-_TURN),
    "Put cup on stack": Motion(drift=(0.0, _SLOW), spin=_TURN),
    "Inflate bag": Motion(drift=(0.0, -_SLOW), pulse=1 / 10),
    "Press bag flat": Motion(drift=(0.0, _SLOW), pulse=1 / 10),
    "Stretch wrap to the left": Motion(drift=(-_SLOW, 0.0), pulse=1 / 10),
    "Stretch wrap to the right": Motion(drift=(_SLOW, 0.0), pulse=1 / 10),
}


def mirrored_pairs(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of labels that swap under a horizontal flip.

    Args:
        labels: Labels to look among, in order.

    Returns:
        Each pair once, in the order of ``labels``. A label that is its own mirror
        image is in no pair.
    """
    return _pairs(labels, lambda motion: motion.mirrored())


def reversed_pairs(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of labels that swap when the frames are played backwards.

    Args:
        labels: Labels to look among, in order.

    Returns:
        Each pair once, in the order of ``labels``.
    """
    return _pairs(labels, lambda motion: motion.reversed())


def _pairs(
    labels: Iterable[str], partner: Callable[[Motion], Motion]
) -> list[tuple[str, str]]:
    """Pairs (a, b) of different labels with ``partner(a's motion) == b's motion``."""
    known = {PROGRAMMES[name]: name for name in labels if name in PROGRAMMES}
    pairs: list[tuple[str, str]] = []
    for motion, name in known.items():
        other = known.get(partner(motion), name)
        if other != name and (other, name) not in pairs:
            pairs.append((name, other))
    return pairs
