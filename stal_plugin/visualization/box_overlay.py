"""BoxOverlay: boxes with their labels, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.structures.box_table import label_rows
from stal_plugin.visualization.labels import class_colors


@dataclass(frozen=True)
class BoxOverlay:
    """Boxes to draw; each may have several labels.

    Args:
        boxes: ``(N, 4)`` xyxy in pixels of the image to draw on.
        lines: One tuple of text lines per box.
        line_colors: The colours of these lines, ``(number of lines, 3)`` uint8 RGB per
            box.
    """

    boxes: np.ndarray
    lines: tuple[tuple[str, ...], ...]
    line_colors: tuple[np.ndarray, ...]

    @property
    def colors(self) -> np.ndarray:
        """Colours of the edges, those of the first lines: ``(N, 3)`` uint8 RGB."""
        return np.array([c[0] for c in self.line_colors], np.uint8).reshape(-1, 3)

    @classmethod
    def of_predictions(
        cls,
        boxes: np.ndarray,
        labels: np.ndarray,
        scores: np.ndarray,
        classes: Sequence[str],
        score_thr: float = 0.3,
        track_ids: np.ndarray | None = None,
    ) -> "BoxOverlay":
        """Show detections: labels of equal boxes under each other, best first.

        Args:
            boxes: ``(M, 4)``, one row per (box, label).
            labels: ``(M,)`` 0-based.
            scores: ``(M,)``.
            classes: Names of the classes.
            score_thr: Rows with a smaller score are not shown.
            track_ids: ``(M,)``; shown before the first label of each box.
        """
        rows = np.flatnonzero(scores >= score_thr)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        texts = [f"{classes[labels[row]]} {scores[row]:.2f}" for row in rows]
        ids = None if track_ids is None else track_ids[rows]
        return cls._grouped(boxes[rows], labels[rows], texts, len(classes), ids)

    @classmethod
    def of_ground_truth(
        cls,
        boxes: np.ndarray,
        labels: np.ndarray,
        classes: Sequence[str],
        track_ids: np.ndarray | None = None,
    ) -> "BoxOverlay":
        """Show annotated boxes.

        Args:
            boxes: ``(N, 4)``.
            labels: ``(N,)`` 0-based, or ``(N, K)`` multi-hot.
            classes: Names of the classes.
            track_ids: ``(N,)``, say of persons; shown before the first label.
        """
        box_inds, flat = label_rows(labels)
        texts = [classes[label] for label in flat]
        ids = None if track_ids is None else track_ids[box_inds]
        return cls._grouped(boxes[box_inds], flat, texts, len(classes), ids)

    @classmethod
    def _grouped(
        cls,
        boxes: np.ndarray,
        labels: np.ndarray,
        texts: list[str],
        num_classes: int,
        track_ids: np.ndarray | None,
    ) -> "BoxOverlay":
        """Merge rows with equal boxes, in order of their first row."""
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        groups: dict[tuple, list[int]] = {}
        for row, box in enumerate(boxes.tolist()):
            groups.setdefault(tuple(box), []).append(row)
        first = [rows[0] for rows in groups.values()]
        if track_ids is not None:
            texts = list(texts)
            for row in first:
                texts[row] = f"#{track_ids[row]} {texts[row]}"
        lines = tuple(tuple(texts[row] for row in rows) for rows in groups.values())
        by_row = class_colors(num_classes)[np.asarray(labels, np.int64)]
        line_colors = tuple(by_row[rows] for rows in groups.values())
        return cls(boxes[first], lines, line_colors)
