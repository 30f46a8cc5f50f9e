"""Checks of the arrays that enter the evaluation: one clear error each."""

import numpy as np

from stal_plugin.structures.box_table import BoxTable


def check_table(table: BoxTable, name: str, num_classes: int | None = None) -> None:
    """Require values that can be evaluated in every row.

    Args:
        table: Boxes; frames and labels are 0 or more.
        name: What the error calls them, such as ``'detections'``.
        num_classes: K, if labels must be below it.

    Raises:
        ValueError: A value is not finite, a frame or label is no integer from 0 on or
            out of range, or a box has x2 < x1 or y2 < y1. Names the first such row.
    """
    size = len(table)
    check_boxes(table.boxes, f"{name}.boxes")
    check_labels(table.frames, size, f"{name}.frames")
    check_labels(table.labels, size, f"{name}.labels")
    check_finite(table.scores, size, f"{name}.scores")
    check_finite(table.objectness, size, f"{name}.objectness")
    if num_classes is not None:
        check_num_classes(table.labels, num_classes, f"{name}.labels")


def check_finite(values: np.ndarray, size: int, name: str) -> None:
    """Require ``size`` finite numbers.

    Raises:
        ValueError: The shape differs from ``(size,)``, or a value is NaN or infinite.
    """
    if values.shape != (size,):
        raise ValueError(f"{name} has shape {values.shape}, expected ({size},)")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(
            f"{name}[{bad[0]}] is {values[bad[0]]}: only finite numbers can be "
            f"evaluated ({len(bad)} of {size} are not). The detector that made them "
            "has diverged or divides by zero"
        )


def check_labels(values: np.ndarray, size: int, name: str) -> None:
    """Require ``size`` integers that are not negative.

    Raises:
        ValueError: Wrong shape, not integers, or a negative one.
    """
    if values.shape != (size,):
        raise ValueError(f"{name} has shape {values.shape}, expected ({size},)")
    if values.dtype.kind not in "iu":
        raise ValueError(f"{name} has dtype {values.dtype}, expected integers")
    if size and values.min() < 0:
        where = int(values.argmin())
        raise ValueError(f"{name}[{where}] is {values[where]}: must be 0 or more")


def check_boxes(boxes: np.ndarray, name: str) -> None:
    """Require finite corners in the order x1 <= x2, y1 <= y2.

    Args:
        boxes: ``(N, 4)`` xyxy.
        name: What the error calls them.

    Raises:
        ValueError: Wrong shape, NaN or infinity, or corners in the wrong order.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"{name} has shape {boxes.shape}, expected (N, 4)")
    bad = np.flatnonzero(~np.isfinite(boxes).all(1))
    if len(bad):
        raise ValueError(
            f"{name}[{bad[0]}] is {boxes[bad[0]].tolist()}: only finite corners can "
            f"be evaluated ({len(bad)} of {len(boxes)} boxes are not finite). The "
            "detector that made them has diverged or divides by zero"
        )
    bad = np.flatnonzero((boxes[:, 2:] < boxes[:, :2]).any(1))
    if len(bad):
        raise ValueError(
            f"{name}[{bad[0]}] is {boxes[bad[0]].tolist()}: expected x1, y1, x2, y2 "
            "with x1 <= x2 and y1 <= y2"
        )


def check_num_classes(labels: np.ndarray, num_classes: int, name: str) -> None:
    """Require every 0-based label to be below ``num_classes``.

    Raises:
        ValueError: A label names no class.
    """
    if len(labels) and labels.max() >= num_classes:
        raise ValueError(
            f"{name} holds the label {labels.max()}, but there are {num_classes} "
            f"classes: 0-based labels reach from 0 to {num_classes - 1}"
        )
