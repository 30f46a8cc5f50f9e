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
    ids, frames = annotation.video_ids, annotation.frames
    boxes, actions = annotation.boxes, annotation.action_ids
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
    found = [(i, text(i)) for bad, text in checks for i in np.flatnonzero(bad).tolist()]
    return sorted(found)


def on_unlabelled_frames(annotation: Annotation) -> NDArray[np.bool_]:
    """Rows on frames of their video that its ``labelled`` leaves out.

    Args:
        annotation: Rows in any order; those of unknown videos are no fault here.

    Returns:
        ``(N,)`` bool.
    """
    index, frames = annotation.video_index(), annotation.frames
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


def _repeated(annotation: Annotation, index: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows that equal an earlier row in every column."""
    columns = (index, annotation.frames, annotation.action_ids, annotation.person_ids)
    repeated = np.zeros(len(index), dtype=bool)
    # Rows without a partner in a mixed key are cleared fast; only the rest is sorted.
    mixed = np.zeros(len(index), dtype=np.int64)
    for column in (*columns, *annotation.boxes.T.copy().view(np.int64)):
        mixed = mixed * 1_000_003 + column
    order = np.argsort(mixed, kind="stable")
    twin = mixed[order][1:] == mixed[order][:-1]
    if not twin.any():
        return repeated
    rest = np.sort(order[np.append(twin, False) | np.insert(twin, 0, False)])
    keys = [c[rest] for c in (*columns, *annotation.boxes.T)]
    order = np.lexsort(keys)
    same = np.ones(len(rest) - 1, dtype=bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    repeated[rest[order[1:][same]]] = True
    return repeated
