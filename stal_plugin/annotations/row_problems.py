"""Faults of the rows of an annotation: one pass, for readers and the validator."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.problems import Problem
from stal_plugin.structures.box_table import BoxTable

_OVERSHOOT = 2.0  # pixels beyond the frame that are clipped without a doubt

# Kind of fault, rows ``(N,)`` that have it, what is wrong with row i, fix, and repair
# ('' if only a person can).
_Check = tuple[str, Any, Callable[[int], str], str | Callable[[int], str], str]


def row_problems(annotation: Annotation, file: str) -> list[Problem]:
    """Check each row against the videos and classes.

    Args:
        annotation: Rows in any order; their ``origins`` become the problems' lines.
        file: Name of the csv.

    Returns:
        Problems, ordered by line; empty if all is well.
    """
    rows = annotation.rows
    checks = [*_video_checks(annotation), *_box_checks(annotation)]
    checks += _label_checks(annotation)
    checks.append(
        (
            "duplicate row",
            rows.repeats(),
            lambda i: (
                f"the row of {rows.video_ids[i]!r}, frame {rows.frames[i]} is there "
                "twice"
            ),
            "Delete it: the same row is there before",
            "duplicates",
        )
    )
    problems = [
        Problem(
            *(kind, file, int(rows.origins[i]), row_text(rows, i)),
            fix if isinstance(fix, str) else fix(i),
            repair,
            rule=rule(i),
        )
        for kind, faulty, rule, fix, repair in checks
        for i in np.flatnonzero(faulty).tolist()
    ]
    return sorted(problems, key=lambda problem: problem.line)


def row_text(rows: BoxTable, i: int) -> str:
    """Row i as it is in the file."""
    corners = ",".join(f"{x:g}" for x in rows.boxes[i])
    return (
        f"{rows.video_ids[i]},{rows.frames[i]},{corners},{rows.labels[i] + 1},"
        f"{rows.person_ids[i]}"
    )


def sizes_of_rows(annotation: Annotation) -> NDArray[np.float64]:
    """Width and height in pixels of each row's video; 1 for an unknown video.

    Args:
        annotation: Rows in any order.

    Returns:
        ``(N, 4)``: width, height, width, height.
    """
    sizes = [(info.width, info.height) for info in annotation.videos.values()]
    table = np.array([*sizes, (1, 1)], np.float64)  # index -1 is the last one
    return np.tile(table[annotation.video_index()], 2)


def on_unlabelled_frames(annotation: Annotation) -> NDArray[np.bool_]:
    """Rows on frames of their video that its ``labelled`` leaves out.

    Args:
        annotation: Rows in any order; those of unknown videos are no fault here.

    Returns:
        ``(N,)`` bool.
    """
    index, frames = annotation.video_index(), annotation.rows.frames
    unlabelled = np.zeros(len(frames), bool)
    for place, info in enumerate(annotation.videos.values()):
        if info.labelled is None:
            continue
        own = np.flatnonzero(index == place)
        first, last = np.array([(0, 0), *info.labelled]).T
        known = last[np.searchsorted(first, frames[own], side="right") - 1]
        inside = (frames[own] >= 1) & (frames[own] <= info.num_frames)
        unlabelled[own] = inside & (frames[own] > known)
    return unlabelled


def looks_like_pixels(annotation: Annotation) -> bool:
    """Whether the boxes are in pixels: none is normalised, all fit their frames.

    Args:
        annotation: Rows in any order.

    Returns:
        False as well where there is no row.
    """
    boxes = annotation.rows.boxes
    inside = (boxes >= 0) & (boxes <= sizes_of_rows(annotation) + _OVERSHOOT)
    known = annotation.video_index() >= 0
    return bool(
        len(boxes) and (boxes.max(1) > 2).all() and known.all() and inside.all()
    )


def base_is_zero(numbers: NDArray[np.int64], last: NDArray[np.int64] | int) -> bool:
    """Whether numbers that shall be in 1..last are in 0..last - 1 and use the 0.

    Args:
        numbers: ``(N,)``.
        last: Largest number, of each or of all.

    Returns:
        False if a number fits neither, or the largest one is used.
    """
    inside = (numbers >= 0) & (numbers < last)
    return bool((numbers == 0).any() and inside.all())


def _goes_on_from_zero(rows: BoxTable) -> bool:
    """Whether each row of frame 0 has one of the same person and action on frame 1.

    A frame 0 that stands alone may be a slip in rows that count from 1.
    """
    groups = rows.groups(("video_ids", "person_ids", "labels"))
    return bool(np.isin(groups[rows.frames == 0], groups[rows.frames == 1]).all())


def _video_checks(annotation: Annotation) -> list[_Check]:
    index, rows = annotation.video_index(), annotation.rows
    ids, frames = rows.video_ids, rows.frames
    lengths = [info.num_frames for info in annotation.videos.values()]
    last = np.array([*lengths, 2**62])[index]  # any frame of an unknown video
    zero = base_is_zero(frames, last) and _goes_on_from_zero(rows)
    below = "Frames count from 1" + ("; all frames here count from 0" if zero else "")

    def range_rule(i: int) -> str:
        bound = last[i] if index[i] >= 0 else ""
        return f"frame {frames[i]} of {ids[i]!r} is not in 1..{bound}"

    return [
        (
            "unknown video",
            index < 0,
            lambda i: f"video_id {ids[i]!r} is not in the json's videos",
            "Add the video to the json, or correct the id",
            "",
        ),
        ("frame below 1", frames < 1, range_rule, below, "frame base" if zero else ""),
        (
            "frame beyond the video",
            frames > last,
            range_rule,
            lambda i: (
                f"The video has {last[i]} frames. Correct the frame, or the video: was "
                "it cut or converted to another frame rate?"
            ),
            "",
        ),
        (
            "box on an unlabelled frame",
            on_unlabelled_frames(annotation),
            lambda i: (
                f"frame {frames[i]} of {ids[i]!r} is not in the json's 'labelled' "
                "frames of that video"
            ),
            "Add the frame to the video's 'labelled' in the json, or delete the row",
            "",
        ),
    ]


def _box_checks(annotation: Annotation) -> list[_Check]:
    boxes = annotation.rows.boxes

    def rule(i: int) -> str:
        return (
            f"box {boxes[i].tolist()} is not 0 <= x1 < x2 <= 1, 0 <= y1 < y2 <= 1 "
            "(corners normalised by the video's width and height)"
        )

    if looks_like_pixels(annotation):
        fix = "Divide x by the video's width and y by its height"
        return [("box in pixels", np.ones(len(boxes), bool), rule, fix, "pixels")]
    scale, known = sizes_of_rows(annotation), annotation.video_index() >= 0
    with np.errstate(invalid="ignore"):
        outside = ~((boxes >= 0) & (boxes <= 1)).all(1)  # True for NaN, too
        beyond = np.abs(boxes - np.clip(boxes, 0, 1)) * scale
        near = outside & known & (beyond <= _OVERSHOOT).all(1)
        swapped = (boxes[:, :2] > boxes[:, 2:]).any(1)
        empty = (boxes[:, :2] == boxes[:, 2:]).any(1)
    far = (
        "Corners are divided by the video's width and height, so in [0, 1]; draw the "
        "box again, or delete the row"
    )
    return [
        ("swapped corners", swapped, rule, "Write x1 < x2 and y1 < y2", "corners"),
        ("zero area", empty, rule, "Draw the box again, or delete the row", ""),
        ("box a little outside the frame", near, rule, "Clip it at the frame", "clip"),
        ("box outside the frame", outside & ~near, rule, far, ""),
    ]


def _label_checks(annotation: Annotation) -> list[_Check]:
    count, rows = len(annotation.classes), annotation.rows
    labels, persons = rows.labels, rows.person_ids
    zero = base_is_zero(labels + 1, count)
    zero &= set(range(-1, count - 1)) <= set(labels.tolist())  # no id is left over
    fix = f"action_id is in 1..{count}, the place in the json's classes"
    kind, repair = "unknown label", ""
    if zero:
        kind, repair = "labels count from 0", "label base"
        fix += "; all rows here count from 0"
    return [
        (
            kind,
            (labels < 0) | (labels >= count),
            lambda i: f"action_id {labels[i] + 1} is not in 1..{count}",
            fix,
            repair,
        ),
        (
            "person below -1",
            persons < -1,
            lambda i: f"person_id {persons[i]} is below -1",
            "Unknown persons are -1",
            "",
        ),
    ]
