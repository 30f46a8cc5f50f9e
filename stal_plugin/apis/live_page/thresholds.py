"""Score thresholds per class that are moved while a detector runs."""

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.evaluation.track_table import Track


class Thresholds:
    """Score from which a class counts, for each class; any thread may move them.

    Args:
        num_classes: K.
        initial: Threshold of all classes at first.
        floor: What the detector leaves out itself: no threshold can be lower.

    Raises:
        ValueError: Not 0 <= floor <= initial <= 1.
    """

    def __init__(
        self, num_classes: int, initial: float = 0.3, floor: float = 0.05
    ) -> None:
        if not 0 <= floor <= initial <= 1:
            raise ValueError(
                f"score_thr={initial:g} must be from score_floor={floor:g} to 1, and "
                "score_floor from 0"
            )
        self.floor = floor
        self._values = np.full(num_classes, initial)
        self._lock = Lock()

    @property
    def values(self) -> NDArray[np.float64]:
        """``(K,)``, not to be written to."""
        return self._values

    def move(self, changes: Mapping[int, float]) -> None:
        """Set some of them, or none if one of the changes is not allowed.

        Args:
            changes: New threshold by 0-based class.

        Raises:
            ValueError: There is no such class, or a threshold is out of range.
        """
        with self._lock:
            values = self._values.copy()
            for label, value in changes.items():
                if not 0 <= label < len(values):
                    raise ValueError(f"label {label} is not in 0..{len(values) - 1}")
                if not self.floor <= value <= 1:
                    raise ValueError(
                        f"threshold {value:g} of label {label} must be from "
                        f"{self.floor:g}, where the detector ends, to 1"
                    )
                values[label] = value
            self._values = values


def above_thresholds(
    result: FrameResult, thresholds: NDArray[np.float64]
) -> FrameResult:
    """Leave out what is below the threshold of its class.

    Args:
        result: Of a detector with a lower threshold.
        thresholds: ``(K,)``.

    Returns:
        The rows whose score reaches the threshold of their class. The tracks of whose
        averaged class scores one does; the others are 0 in them, and the label is the
        best of those that are left.
    """
    rows = result.scores >= thresholds[result.labels]
    tracks = (_voted(track, thresholds) for track in result.tracks)
    return replace(
        result,
        boxes=result.boxes[rows],
        labels=result.labels[rows],
        scores=result.scores[rows],
        objectness=result.objectness[rows],
        track_ids=result.track_ids[rows],
        tracks=tuple(track for track in tracks if track is not None),
    )


def _voted(track: Track, thresholds: NDArray[np.float64]) -> Track | None:
    counts = track.class_scores >= thresholds
    if not counts.any():
        return None
    scores = np.where(counts, track.class_scores, 0.0)
    # a score of 0 counts where the threshold is 0
    label = int(np.where(counts, track.class_scores, -1.0).argmax())
    return replace(track, class_scores=scores, label=label)
