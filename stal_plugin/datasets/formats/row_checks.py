"""Checks of annotation rows, vectorised over the rows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats.annotation import Annotation

# A row with a fault: its index and what is wrong with it.
RowProblem = tuple[int, str]


def check_rows(annotation: Annotation) -> list[RowProblem]:
    """Find the rows that break the rules of the format.

    Args:
        annotation: Rows in any order.

    Returns:
        Faulty rows and texts, ordered by row; empty if all is well.
    """
    index = annotation.video_index()
    lengths = np.array([v.num_frames for v in annotation.videos.values()] or [0])
    last = np.where(index >= 0, lengths[index], np.iinfo(np.int64).max)
    ids, frames = annotation.video_ids, annotation.frames
    boxes, actions = annotation.boxes, annotation.action_ids
    num_classes = len(annotation.classes)
    with np.errstate(invalid="ignore"):
        good_box = (
            np.isfinite(boxes).all(1)
            & ((boxes >= 0) & (boxes <= 1)).all(1)
            & (boxes[:, :2] < boxes[:, 2:]).all(1)
        )
    checks: list[tuple[NDArray[np.bool_], Callable[[int], str]]] = [
        (index < 0, lambda i: f"video_id {ids[i]!r} is not in the json's videos"),
        (
            (frames < 1) | (frames > last),
            lambda i: f"frame {frames[i]} of {ids[i]!r} is not in 1..{last[i]}",
        ),
        (
            ~good_box,
            lambda i: (
                f"box {boxes[i].tolist()} is not 0 <= x1 < x2 <= 1, "
                "0 <= y1 < y2 <= 1 (corners normalised by the video's width and height)"
            ),
        ),
        (
            (actions < 1) | (actions > num_classes),
            lambda i: f"action_id {actions[i]} is not in 1..{num_classes}",
        ),
        (
            annotation.person_ids < -1,
            lambda i: f"person_id {annotation.person_ids[i]} is below -1",
        ),
        (
            _repeated(annotation, index),
            lambda i: f"the row of {ids[i]!r}, frame {frames[i]} is there twice",
        ),
    ]
    found = [(int(i), text(i)) for bad, text in checks for i in np.flatnonzero(bad)]
    return sorted(found)


def _repeated(annotation: Annotation, index: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows that equal an earlier row in every column."""
    keys = (index, annotation.frames, annotation.action_ids, annotation.person_ids)
    order = np.lexsort((*annotation.boxes.T, *keys[::-1]))
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in (*keys, *annotation.boxes.T):
        in_order = column[order]
        same &= in_order[1:] == in_order[:-1]
    repeated = np.zeros(len(order), dtype=bool)
    repeated[order[1:][same]] = True
    return repeated
