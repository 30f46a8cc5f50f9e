"""Checks of annotation rows, vectorised over the rows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation

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
    rows = annotation.rows
    ids, frames, boxes, labels = rows.video_ids, rows.frames, rows.boxes, rows.labels
    num_classes = len(annotation.classes)
    with np.errstate(invalid="ignore"):
        # False for NaN, too.
        inside = ((boxes >= 0) & (boxes <= 1)).all(1)
        good_box = inside & (boxes[:, :2] < boxes[:, 2:]).all(1)
    checks: list[tuple[NDArray, Callable[[int], str]]] = [
        (index < 0, lambda i: f"video_id {ids[i]!r} is not in the json's videos"),
        (
            np.logical_or(frames < 1, frames > last),
            lambda i: f"frame {frames[i]} of {ids[i]!r} is not in 1..{last[i]}",
        ),
        (
            on_unlabelled_frames(annotation),
            lambda i: (
                f"frame {frames[i]} of {ids[i]!r} is not in the json's 'labelled' "
                "frames of that video"
            ),
        ),
        (
            np.logical_not(good_box),
            lambda i: (
                f"box {boxes[i].tolist()} is not 0 <= x1 < x2 <= 1, "
                "0 <= y1 < y2 <= 1 (corners normalised by the video's width and height)"
            ),
        ),
        (
            (labels < 0) | (labels >= num_classes),
            lambda i: f"action_id {labels[i] + 1} is not in 1..{num_classes}",
        ),
        (
            rows.person_ids < -1,
            lambda i: f"person_id {rows.person_ids[i]} is below -1",
        ),
        (
            rows.repeats(),
            lambda i: f"the row of {ids[i]!r}, frame {frames[i]} is there twice",
        ),
    ]
    found = [(i, text(i)) for bad, text in checks for i in np.flatnonzero(bad).tolist()]
    return sorted(found)


def on_unlabelled_frames(annotation: Annotation) -> NDArray[np.bool_]:
    """Rows on frames of their video that its ``labelled`` leaves out.

    Args:
        annotation: Rows in any order; those of unknown videos are no fault here.

    Returns:
        ``(N,)`` bool.
    """
    index, frames = annotation.video_index(), annotation.rows.frames
    infos = list(annotation.videos.values())
    sparse = np.array([info.labelled is not None for info in infos] + [False])
    if not sparse.any():
        return np.zeros(len(frames), bool)
    lengths = np.array([info.num_frames for info in infos] + [0])
    width = int(lengths.max()) + 1
    known = [v * width + infos[v].labelled_frames() for v in np.flatnonzero(sparse)]
    inside = (frames >= 1) & (frames <= lengths[index])
    keys = index * width + np.where(inside, frames, 0)
    return sparse[index] & inside & ~np.isin(keys, np.concatenate(known))
