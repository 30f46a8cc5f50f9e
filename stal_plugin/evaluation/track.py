"""What a live tube is at one moment."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Track:
    """One actor, as known after a frame.

    Args:
        track_id: Number of the track, never used again.
        box: ``(4,)`` xyxy of the last detection, in the unit of the detections.
        label: 0-based class that has the largest of ``class_scores``.
        class_scores: ``(K,)`` score of each class, averaged over time.
        first_frame: Frame of the first detection.
        last_frame: Frame of the last detection.
        num_hits: Detections so far.
    """

    track_id: int
    box: np.ndarray
    label: int
    class_scores: np.ndarray
    first_frame: int
    last_frame: int
    num_hits: int

    @property
    def score(self) -> float:
        """Score of ``label``."""
        return float(self.class_scores[self.label])
