"""Detections of many frames as flat arrays."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.validation import check_boxes, check_finite, check_labels


@dataclass(frozen=True)
class Detections:
    """Detected boxes of many frames, one row per (box, label).

    A box that carries several labels takes one row for each, with equal
    coordinates. The order of the rows matters only between equal scores.

    Args:
        frame_ids: ``(M,)``, number of the frame that a row belongs to, >= 0.
        boxes: ``(M, 4)`` xyxy in pixels of the original video.
        labels: ``(M,)``, 0-based.
        scores: ``(M,)``.
        objectness: ``(M,)`` confidence before the class score; the scores where a
            detector has none.

    Raises:
        ValueError: A shape does not fit, a value is not finite, or a box has
            x2 < x1 or y2 < y1.
    """

    frame_ids: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    objectness: np.ndarray

    def __post_init__(self) -> None:
        """Check every array once, so that the functions need not."""
        check_boxes(self.boxes, "detections.boxes")
        size = len(self.boxes)
        check_labels(self.frame_ids, size, "detections.frame_ids")
        check_labels(self.labels, size, "detections.labels")
        check_finite(self.scores, size, "detections.scores")
        check_finite(self.objectness, size, "detections.objectness")

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, rows: np.ndarray) -> "Detections":
        """Return the rows that a mask or an index array names."""
        return Detections(
            self.frame_ids[rows],
            self.boxes[rows],
            self.labels[rows],
            self.scores[rows],
            self.objectness[rows],
        )
