"""Sway: slow random movement, the same for all classes."""

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
