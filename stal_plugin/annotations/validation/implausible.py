"""Boxes that are valid but hardly meant: warnings of the validator."""

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.problems import Problem
from stal_plugin.annotations.resolutions import other_resolution
from stal_plugin.annotations.row_problems import row_text, sizes_of_rows
from stal_plugin.structures.box_table import BoxTable

_TINY = 2.0  # pixels
_FEW = 10  # boxes that say nothing about where all of them lie
_CORNER = 0.5  # share of width and height


def implausible_boxes(annotation: Annotation, file: str) -> list[Problem]:
    """Find persons with two boxes, tiny boxes and boxes of another picture.

    All boxes in one corner, or up to the edges of another resolution, were divided by
    the wrong size.

    Args:
        annotation: Rows of known videos, boxes in [0, 1].
        file: Name of the csv.

    Returns:
        Warnings, ordered by line.
    """
    rows = annotation.rows
    problems = [
        Problem(
            *("person with two boxes on a frame", file, int(rows.origins[i])),
            row_text(rows, i),
            f"Person {rows.person_ids[i]} has another box on frame {rows.frames[i]}: "
            "number one of them anew, or delete it",
            warning=True,
        )
        for i in np.flatnonzero(_second_boxes(rows)).tolist()
    ]
    pixels = (rows.boxes * sizes_of_rows(annotation)).round(3)
    thin = (pixels[:, 2:] - pixels[:, :2]).min(1, initial=np.inf)
    problems += [
        Problem(
            *("tiny box", file, int(rows.origins[i]), row_text(rows, i)),
            f"It is {thin[i]:g} pixels wide or high: a slip of the mouse? Draw it "
            "again, or delete the row",
            warning=True,
        )
        for i in np.flatnonzero((thin >= 0) & (thin < _TINY)).tolist()
    ]
    problems = sorted(problems, key=lambda problem: problem.line)
    return problems + (_resolutions(annotation, file) or _corner(rows, file))


def _second_boxes(rows: BoxTable) -> np.ndarray:
    """Rows whose person has another box on the frame before them, ``(N,)`` bool."""
    persons = rows.groups(("video_ids", "frames", "person_ids"))
    _, first = np.unique(persons, return_index=True)
    own = first[np.unique(persons, return_inverse=True)[1]]
    differs = np.abs(rows.boxes - rows.boxes[own]).max(1, initial=0) > 1e-6
    return differs & (rows.person_ids >= 0)


def _resolutions(annotation: Annotation, file: str) -> list[Problem]:
    """Sizes of videos whose boxes fit the picture of another resolution."""
    rows = annotation.rows
    sizes = sizes_of_rows(annotation)[:, :2]
    finite = np.isfinite(rows.boxes).all(1)
    problems = []
    for size in np.unique(sizes[finite], axis=0):
        own = finite & (sizes == size).all(1)
        shown = int(size[0]), int(size[1])
        other = other_resolution(rows.boxes[own] * np.tile(size, 2), shown)
        if other is None:
            continue
        text = (
            f"the {int(own.sum())} boxes of videos of {shown[0]}x{shown[1]} end at the "
            f"edges of {other[0]}x{other[1]}"
        )
        fix = (
            "Were they drawn on pictures of that size? Import again with --size "
            f"{other[0]}x{other[1]}"
        )
        kind = "boxes that fit another resolution"
        problems.append(Problem(kind, file, 0, text, fix, warning=True))
    return problems


def _corner(rows: BoxTable, file: str) -> list[Problem]:
    """Whether all boxes lie in the upper left quarter."""
    inside = rows.boxes[np.isfinite(rows.boxes).all(1)]
    if len(inside) < _FEW or len(inside) < len(rows):
        return []
    x, y = inside[:, 2:].max(0).tolist()
    if max(x, y) > _CORNER:
        return []
    text = (
        f"all {len(rows)} boxes end at {x:.2f} of the width and {y:.2f} of the height"
    )
    fix = (
        "Do they refer to pixels of a smaller picture than the video's? Import again "
        "with --size WxH"
    )
    return [Problem("boxes in one corner", file, 0, text, fix, warning=True)]
