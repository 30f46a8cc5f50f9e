"""Motion: how a hand and its item move inside the box of an action."""

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
