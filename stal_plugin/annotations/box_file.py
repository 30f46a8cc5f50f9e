"""What a file of evaluated boxes says, whatever format it has."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.problems import Problem
from stal_plugin.structures.box_table import BoxTable


@dataclass(frozen=True)
class BoxFile:
    """Boxes of ground truth or predictions, and what their file says beside them.

    Args:
        rows: The boxes. ``frames`` are numbers of frames or seconds, 0 or more, as the
            file counts them.
        in_pixels: Whether the boxes are in pixels, or normalised.
        listed_videos: ``(L,)`` str, videos of frames that the file names, with boxes or
            without.
        listed_frames: ``(L,)`` int64, their numbers.
        sizes: Width and height in pixels by video, as far as the file says.
        classes: Names of the classes, if the file says.
    """

    rows: BoxTable
    in_pixels: bool
    listed_videos: NDArray = field(default_factory=lambda: np.zeros(0, object))
    listed_frames: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


def evaluation_problems(
    rows: BoxTable,
    file: str,
    first: int = 1,
    in_pixels: bool = False,
    names: tuple[str, str] = ("frame", "action_id"),
) -> list[Problem]:
    """Check rows that are to be evaluated.

    Args:
        rows: Ground truth or predictions; their ``origins`` become the problems' lines.
        file: Name of the file.
        first: Smallest number of a frame.
        in_pixels: Whether the boxes are in pixels, or normalised.
        names: What the file calls frames and 1-based labels.

    Returns:
        Problems in the order of the rows.
    """
    frames, boxes, labels = rows.frames, rows.boxes, rows.labels
    with np.errstate(invalid="ignore"):
        good = np.isfinite(boxes).all(1) & (boxes[:, :2] <= boxes[:, 2:]).all(1)
        # a detector may overshoot the frame, but not by a hundred frames
        pixels = good & (np.abs(boxes) > 100).any(1) & (not in_pixels)
    checks: list[tuple[NDArray[np.bool_], Callable[[int], str]]] = [
        (frames < first, lambda i: f"{names[0]} {frames[i]} is below {first}"),
        (labels < 0, lambda i: f"{names[1]} {labels[i] + 1} is below 1"),
        (~good, lambda i: f"box {boxes[i].tolist()} is not x1 <= x2, y1 <= y2"),
        (
            pixels,
            lambda i: (
                f"box {boxes[i].tolist()} looks like pixels; corners are divided by "
                "the video's width and height"
            ),
        ),
    ]
    for name, column in (("score", rows.scores), ("objectness", rows.objectness)):
        checks.append(
            (
                ~np.isfinite(column),
                lambda i, n=name, c=column: f"{n} {c[i]} is not finite",  # type: ignore[misc]
            )
        )
    faults = [
        (i, rule(i)) for bad, rule in checks for i in np.flatnonzero(bad).tolist()
    ]
    return [
        Problem("faulty row", file, rows.origins[i], rule, "", rule=rule)
        for i, rule in sorted(faults)
    ]
