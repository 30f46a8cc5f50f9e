"""Faults of the rows of an annotation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.row_checks import on_unlabelled_frames
from stal_plugin.annotations.validation.csv_rows import Problem, row_text
from stal_plugin.structures.box_table import BoxTable

_OVERSHOOT = 2.0  # pixels beyond the frame that are clipped without a doubt

# Kind, mask, fix, repair ('' if only a person can).
_Check = tuple[str, Any, str | Callable[[int], str], str]


def row_problems(rows: BoxTable, header: Annotation, file: str) -> list[Problem]:
    """Check each row against the videos and classes of the json.

    Args:
        rows: Rows of the csv.
        header: Videos and classes.
        file: Name of the csv.

    Returns:
        Problems, ordered by line.
    """
    checks = [*_place_checks(rows, header), *_box_checks(rows, header)]
    checks += _label_checks(rows, header)
    checks.append(
        (
            "duplicate row",
            rows.repeats(),
            "Delete it: the same row is there before",
            "duplicates",
        )
    )
    found = [
        Problem(
            kind,
            file,
            int(rows.origins[i]),
            row_text(rows, i),
            fix if isinstance(fix, str) else fix(i),
            repair,
        )
        for kind, mask, fix, repair in checks
        for i in np.flatnonzero(mask).tolist()
    ]
    return sorted(found, key=lambda problem: problem.line)


def sizes_of_rows(rows: BoxTable, header: Annotation) -> NDArray[np.float64]:
    """Width and height in pixels of each row's video; 1 for an unknown video.

    Args:
        rows: Rows of the csv.
        header: Videos.

    Returns:
        ``(N, 4)``: width, height, width, height.
    """
    sizes = {v: (info.width, info.height) for v, info in header.videos.items()}
    pairs = [sizes.get(video, (1, 1)) for video in rows.video_ids]
    return np.tile(np.array(pairs, np.float64).reshape(-1, 2), 2)


def looks_like_pixels(rows: BoxTable, header: Annotation) -> bool:
    """Whether the boxes are in pixels: none is normalised, all fit their frames.

    Args:
        rows: Rows of the csv.
        header: Videos.

    Returns:
        False as well where there is no row.
    """
    if not len(rows):
        return False
    largest = rows.boxes.max(1)
    known = np.array([video in header.videos for video in rows.video_ids])
    inside = (rows.boxes >= 0).all(1)
    inside &= (rows.boxes <= sizes_of_rows(rows, header) + _OVERSHOOT).all(1)
    return bool((largest > 2).all() and known.all() and inside.all())


def base_is_zero(numbers: NDArray[np.int64], last: NDArray[np.int64] | int) -> bool:
    """Whether numbers that shall be in 1..last are in 0..last - 1 and use the 0.

    Args:
        numbers: ``(N,)``.
        last: Largest number, of each or of all.

    Returns:
        False if a number fits neither, or the largest one is used.
    """
    return bool(
        len(numbers)
        and (numbers == 0).any()
        and (numbers >= 0).all()
        and (numbers < last).all()
    )


def _goes_on_from_zero(rows: BoxTable) -> bool:
    """Whether each row of frame 0 has one of the same person and action on frame 1.

    A frame 0 that stands alone may be a slip in rows that count from 1.
    """
    ids = (rows.video_ids, rows.person_ids, rows.labels)
    keys = list(zip(*(column.tolist() for column in ids), strict=True))
    at = [{keys[i] for i in np.flatnonzero(rows.frames == f)} for f in (0, 1)]
    return at[0] <= at[1]


def lengths_of_rows(rows: BoxTable, header: Annotation) -> NDArray[np.int64]:
    """Frames of each row's video; a large number for an unknown video.

    Args:
        rows: Rows of the csv.
        header: Videos.

    Returns:
        ``(N,)``.
    """
    lengths = {v: info.num_frames for v, info in header.videos.items()}
    return np.array([lengths.get(v, 2**62) for v in rows.video_ids], np.int64)


def _place_checks(rows: BoxTable, header: Annotation) -> list[_Check]:
    last = lengths_of_rows(rows, header)
    known = np.array([v in header.videos for v in rows.video_ids], bool)
    zero = base_is_zero(rows.frames, last) and _goes_on_from_zero(rows)
    below = "Frames count from 1" + ("; all frames here count from 0" if zero else "")
    return [
        (
            "unknown video",
            ~known,
            "Add the video to the json, or correct the id",
            "",
        ),
        ("frame below 1", rows.frames < 1, below, "frame base" if zero else ""),
        (
            "frame beyond the video",
            rows.frames > last,
            lambda i: (
                f"The video has {last[i]} frames. Correct the frame, or the video: was "
                "it cut or converted to another frame rate?"
            ),
            "",
        ),
        (
            "box on an unlabelled frame",
            on_unlabelled_frames(replace(header, rows=rows)),
            "Add the frame to the video's 'labelled' in the json, or delete the row",
            "",
        ),
    ]


def _box_checks(rows: BoxTable, header: Annotation) -> list[_Check]:
    pixels = looks_like_pixels(rows, header)
    if pixels:
        fix = "Divide x by the video's width and y by its height"
        return [
            ("box in pixels", np.ones(len(rows), bool), fix, "pixels"),
        ]
    boxes, scale = rows.boxes, sizes_of_rows(rows, header)
    outside = (boxes < 0).any(1) | (boxes > 1).any(1)
    near = (np.abs(boxes - np.clip(boxes, 0, 1)) * scale <= _OVERSHOOT).all(1)
    swapped = (boxes[:, :2] > boxes[:, 2:]).any(1)
    empty = (boxes[:, :2] == boxes[:, 2:]).any(1)
    known = scale[:, 0] > 1
    return [
        ("swapped corners", swapped, "Write x1 < x2 and y1 < y2", "corners"),
        ("zero area", empty, "Draw the box again, or delete the row", ""),
        (
            "box a little outside the frame",
            outside & near & known,
            "Clip it at the frame",
            "clip",
        ),
        (
            "box outside the frame",
            outside & ~(near & known),
            "Corners are divided by the video's width and height, so in [0, 1]; draw "
            "the box again, or delete the row",
            "",
        ),
    ]


def _label_checks(rows: BoxTable, header: Annotation) -> list[_Check]:
    count = len(header.classes)
    zero = base_is_zero(rows.labels + 1, count)
    zero &= set(range(-1, count - 1)) <= set(rows.labels.tolist())  # no id is left over
    bad = (rows.labels < 0) | (rows.labels >= count)
    fix = f"action_id is in 1..{count}, the place in the json's classes"
    checks: list[_Check] = []
    if zero:
        note = f"{fix}; all rows here count from 0"
        checks.append(("labels count from 0", rows.labels == -1, note, "label base"))
    else:
        checks.append(("unknown label", bad, fix, ""))
    below = rows.person_ids < -1
    checks.append(("person below -1", below, "Unknown persons are -1", ""))
    return checks
