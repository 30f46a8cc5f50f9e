"""Detections of many frames as flat arrays."""

from dataclasses import dataclass

import numpy as np

from stal_plugin.structures.checks import check_boxes, check_finite, check_labels


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


@dataclass(frozen=True)
class GroundTruth:
    """Annotated boxes of many frames; a box may carry several labels.

    Args:
        frame_ids: ``(N,)``, number of the frame that a box belongs to, >= 0.
        boxes: ``(N, 4)`` xyxy in pixels of the original video.
        box_inds: ``(R,)``, the box that a label belongs to.
        labels: ``(R,)``, 0-based.

    Raises:
        ValueError: A shape does not fit, a value is not finite, or a box has
            x2 < x1 or y2 < y1.
    """

    frame_ids: np.ndarray
    boxes: np.ndarray
    box_inds: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        """Check every array once, so that the functions need not."""
        check_boxes(self.boxes, "ground truth.boxes")
        check_labels(self.frame_ids, len(self.boxes), "ground truth.frame_ids")
        check_labels(self.labels, len(self.labels), "ground truth.labels")
        check_labels(self.box_inds, len(self.labels), "ground truth.box_inds")
        if len(self.box_inds) and self.box_inds.max() >= len(self.boxes):
            raise ValueError(
                f"ground truth.box_inds names box {self.box_inds.max()}, "
                f"but there are only {len(self.boxes)} boxes"
            )

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def from_labels(
        cls, frame_ids: np.ndarray, boxes: np.ndarray, labels: np.ndarray
    ) -> "GroundTruth":
        """Build from one label per box, or from a multi-hot row per box.

        Args:
            frame_ids: ``(N,)``.
            boxes: ``(N, 4)``.
            labels: ``(N,)`` 0-based integers, or ``(N, K)`` multi-hot.
        """
        box_inds, flat = label_rows(labels)
        return cls(frame_ids, boxes, box_inds, flat)

    def take(self, boxes: np.ndarray) -> "GroundTruth":
        """Return the boxes that a mask ``(N,)`` names, with their labels."""
        rows = boxes[self.box_inds]
        renumbered = np.cumsum(boxes) - 1
        return GroundTruth(
            self.frame_ids[boxes],
            self.boxes[boxes],
            renumbered[self.box_inds[rows]],
            self.labels[rows],
        )


def label_rows(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn labels into parallel arrays (box index, 0-based label).

    Args:
        labels: ``(N,)`` 0-based integers, or ``(N, K)`` multi-hot.

    Returns:
        Two int64 arrays ``(R,)``, ordered by box, then by label.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2:
        box_inds, flat = np.nonzero(labels > 0.5)
        return box_inds.astype(np.int64), flat.astype(np.int64)
    return np.arange(len(labels), dtype=np.int64), labels.astype(np.int64)
