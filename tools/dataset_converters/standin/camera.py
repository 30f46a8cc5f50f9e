"""Camera: vantage point of one source video."""

from dataclasses import dataclass

import numpy as np

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
