"""Read and write ``predictions.csv``: detected boxes of a set of videos.

In memory they are a :class:`BoxTable`: 1-based frames, corners normalised by the
video's width and height (they may reach beyond the frame), scores and objectness.
"""

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, raise_problems
from stal_plugin.annotations.annotation_files import number_column
from stal_plugin.structures.box_table import BoxTable

COLUMNS = (
    *("video_id", "frame", "x1", "y1", "x2", "y2"),
    *("action_id", "score", "objectness"),
)
_INTEGERS = ("frame", "action_id")
_FIX = (
    "Correct the file, or write it again with\n"
    "  python tools/test.py CONFIG CHECKPOINT --out PREDICTIONS.csv"
)


def write_predictions(path: str | os.PathLike, predictions: BoxTable) -> None:
    """Write predictions with a header line; the file is replaced in one step.

    Corners have 8 decimals; scores keep all digits of single precision, so that no
    ties arise.

    Args:
        path: The csv; its folder is made.
        predictions: What to write.

    Raises:
        ValueError: A row would not be read back. Nothing is written then.
    """
    path = Path(path)
    problems = [f"row {i}: {text}" for i, text in _check(predictions)]
    raise_problems(path, problems, "Nothing was written.")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(prediction_texts(predictions))
    part.replace(path)


def check_predictions(predictions: BoxTable, annotation: Annotation) -> None:
    """Refuse predictions that were made with another annotation.

    Args:
        predictions: Of any frames.
        annotation: Videos and classes.

    Raises:
        ValueError: They name a video or hold an action that it does not have.
    """
    end = "the two files belong to different data. Test the run again"
    unknown = sorted(set(predictions.video_ids) - set(annotation.videos))
    if unknown:
        raise ValueError(
            f"the predictions name {len(unknown)} video(s) that the annotation does "
            f"not have, such as {unknown[0]!r}: {end}"
        )
    largest = int(predictions.labels.max(initial=0)) + 1
    if largest > len(annotation.classes):
        raise ValueError(
            f"the predictions hold action_id {largest}, but the annotation has "
            f"{len(annotation.classes)} classes: {end}"
        )


def read_predictions(path: str | os.PathLike) -> BoxTable:
    """Read and check predictions, rows in the order of the file.

    Args:
        path: The csv, with or without a header line.

    Returns:
        The predictions.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Names each faulty line, its value and what is allowed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no predictions at {path}. Make them with\n"
            f"  python tools/test.py CONFIG CHECKPOINT --out {path}"
        )
    lines: list[int] = []
    columns: list[list[str]] = [[] for _ in COLUMNS]
    names: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line, row in _numbered_rows(path, file):
            lines.append(line)
            row[0] = names.setdefault(row[0], row[0])  # one str object per video
            for column, text in zip(columns, row, strict=True):
                column.append(text)
    numbers = {
        name: number_column(path, name, texts, lines, name in _INTEGERS, _FIX)
        for name, texts in zip(COLUMNS[1:], columns[1:], strict=True)
    }
    predictions = BoxTable(
        frames=numbers["frame"],
        boxes=np.stack([numbers[name] for name in COLUMNS[2:6]], axis=1),
        labels=numbers["action_id"] - 1,
        video_ids=np.array(columns[0], dtype=object),
        scores=numbers["score"],
        objectness=numbers["objectness"],
        origins=np.array(lines, np.int64),
    )
    problems = [f"line {lines[i]}: {text}" for i, text in _check(predictions)]
    raise_problems(path, problems, _FIX)
    return predictions


def prediction_texts(predictions: BoxTable) -> Iterator[tuple]:
    """Return the cells of each row, in the order of ``COLUMNS``."""
    corners = (map("{:.8f}".format, column) for column in predictions.boxes.T)
    return zip(
        predictions.video_ids,
        predictions.frames.tolist(),
        *corners,
        (predictions.labels + 1).tolist(),
        map("{:.9g}".format, predictions.scores),
        map("{:.9g}".format, predictions.objectness),
        strict=True,
    )


def _numbered_rows(path: Path, file: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file)
    for place, row in enumerate(reader):
        is_header = place == 0 and tuple(t.strip().lower() for t in row) == COLUMNS
        if not row or is_header:
            continue
        if len(row) != len(COLUMNS):
            text = f"{len(row)} columns instead of {len(COLUMNS)}: {','.join(row)!r}"
            problem = f"line {reader.line_num}: {text}"
            raise_problems(path, [problem], f"A row is {','.join(COLUMNS)}.")
        yield reader.line_num, row


def _check(predictions: BoxTable) -> list[tuple[int, str]]:
    """Find rows that break the format: index and what is wrong, ordered by row."""
    frames, boxes = predictions.frames, predictions.boxes
    labels, scores = predictions.labels, predictions.scores
    objectness = predictions.objectness
    with np.errstate(invalid="ignore"):
        bad_box = ~(np.isfinite(boxes).all(1) & (boxes[:, :2] <= boxes[:, 2:]).all(1))
        # a detector may overshoot the frame, but not by a hundred frames
        pixels = ~bad_box & (np.abs(boxes) > 100).any(1)
    checks: list[tuple[NDArray[np.bool_], Callable[[int], str]]] = [
        (frames < 1, lambda i: f"frame {frames[i]} is below 1"),
        (labels < 0, lambda i: f"action_id {labels[i] + 1} is below 1"),
        (bad_box, lambda i: f"box {boxes[i].tolist()} is not x1 <= x2, y1 <= y2"),
        (
            pixels,
            lambda i: (
                f"box {boxes[i].tolist()} looks like pixels; corners are "
                "divided by the video's width and height"
            ),
        ),
        (~np.isfinite(scores), lambda i: f"score {scores[i]} is not finite"),
        (~np.isfinite(objectness), lambda i: f"objectness {objectness[i]} not finite"),
    ]
    problems: list[tuple[int, str]] = []
    for bad, text in checks:
        rows: list[int] = np.flatnonzero(bad).tolist()
        problems += [(row, text(row)) for row in rows]
    return sorted(problems)
