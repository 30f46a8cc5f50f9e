"""Read boxes in the csv form of AVA, and in our own, which adds columns to it."""

import csv
import math
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import raise_problems
from stal_plugin.annotations.annotation_files import number_column
from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.structures.box_table import BoxTable

_START = ("video_id", "frame", "x1", "y1", "x2", "y2", "action_id")
TRUTH_COLUMNS = (*_START, "person_id")
PREDICTION_COLUMNS = (*_START, "score", "objectness")
_INTEGERS = ("frame", "action_id", "person_id")
_HEADER = "video_id"
_FIX = (
    "A row of ground truth is video_id,timestamp,x1,y1,x2,y2,action_id[,person_id], "
    "one of predictions video_id,timestamp,x1,y1,x2,y2,action_id,score[,objectness]; "
    "corners are divided by the video's width and height. video_id,timestamp,,,,, "
    "names a frame without a box."
)


def read_ava_csv(path: str | PathLike, predictions: bool) -> BoxFile:
    """Read boxes of many frames.

    Args:
        path: The csv, with or without a header line. Timestamps or frames are
            integers, actions count from 1.
        predictions: Whether the eighth column is a score, not a person.

    Returns:
        The rows in the order of the file, boxes normalised.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Names each faulty line, its value and what is allowed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}. {_FIX}")
    names = PREDICTION_COLUMNS if predictions else TRUTH_COLUMNS
    needed = len(_START) + predictions
    lines: list[int] = []
    columns: list[list[str]] = [[] for _ in names]
    empty: list[tuple[int, str, str]] = []
    videos: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line, row in _numbered_rows(file):
            if len(row) >= 2 and not any(text.strip() for text in row[2:]):
                empty.append((line, row[0], row[1]))
                continue
            if not needed <= len(row) <= len(names):
                raise_problems(path, [f"line {line}: {len(row)} columns"], _FIX)
            lines.append(line)
            row[0] = videos.setdefault(row[0], row[0])  # one str object per video
            for column, text in zip(columns, row, strict=False):
                column.append(text)
    numbers = _numbers(path, dict(zip(names, columns, strict=True)), lines)
    places, empty_videos, stamps = zip(*empty, strict=True) if empty else ((), (), ())
    listed = number_column(path, "timestamp", stamps, places, True, _FIX)
    size = len(lines)
    scores = numbers.get("score", np.ones(size))
    rows = BoxTable(
        frames=numbers["frame"],
        boxes=np.stack([numbers[n] for n in ("x1", "y1", "x2", "y2")], axis=1),
        labels=numbers["action_id"] - 1,
        video_ids=np.array(columns[0], dtype=object),
        scores=scores,
        objectness=numbers.get("objectness", scores),
        person_ids=numbers.get("person_id", np.full(size, -1)),
        origins=np.array(lines, np.int64),
    )
    _check(path, rows)
    return BoxFile(
        rows,
        in_pixels=False,
        listed_videos=np.array(empty_videos, dtype=object),
        listed_frames=listed,
    )


def _numbered_rows(file: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file)
    for place, row in enumerate(reader):
        is_header = place == 0 and row[:1] and row[0].strip().lower() == _HEADER
        if row and not is_header:
            yield reader.line_num, row


def _numbers(
    path: Path, columns: dict[str, list[str]], lines: list[int]
) -> dict[str, NDArray]:
    """Convert the columns; the last one is left out if no row has it."""
    numbers = {}
    for name, texts in columns.items():
        if name == "video_id" or (not texts and lines):
            continue
        if len(texts) != len(lines):
            text = f"{len(texts)} of {len(lines)} rows have a column {name}"
            raise_problems(path, [text], "All rows have it, or none. " + _FIX)
        shown = "timestamp" if name == "frame" else name
        numbers[name] = number_column(
            path, shown, texts, lines, name in _INTEGERS, _FIX
        )
    return numbers


def _check(path: Path, rows: BoxTable) -> None:
    boxes = rows.boxes
    with np.errstate(invalid="ignore"):
        good = np.isfinite(boxes).all(1) & (boxes[:, :2] <= boxes[:, 2:]).all(1)
        # a detector may overshoot the frame, but not by a hundred frames
        pixels = good & (np.abs(boxes) > 100).any(1)
    checks = [
        (rows.frames < 0, "timestamp is below 0"),
        (rows.labels < 0, "action_id is below 1"),
        (~good, "box is not x1 <= x2, y1 <= y2"),
        (pixels, "box looks like pixels"),
        (~np.isfinite(rows.scores), "score is not finite"),
        (~np.isfinite(rows.objectness), "objectness is not finite"),
    ]
    lines = rows.origins
    problems = [
        (lines[i], f"line {lines[i]}: {text}: {_row(rows, i)}")
        for bad, text in checks
        for i in np.flatnonzero(bad).tolist()
    ]
    raise_problems(path, [text for _, text in sorted(problems)], _FIX)


def _row(rows: BoxTable, i: int) -> str:
    corners = ",".join(f"{value:g}" for value in rows.boxes[i])
    return (
        f"{rows.video_ids[i]},{rows.frames[i]},{corners},{rows.labels[i] + 1} "
        f"(score {rows.scores[i]:g}, objectness {rows.objectness[i]:g})"
    )


_TIMESTAMP_FIX = (
    "A row is video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]; corners are "
    "divided by the video's width and height."
)


def read_ava_timestamps(
    path: str | PathLike, labels: dict[int, str] | None
) -> ToolBoxes:
    """Read boxes.

    Args:
        path: The csv, with or without a header line. Rows without box name a frame
            without a box.
        labels: Names by number. None: the numbers are the names.

    Returns:
        The boxes, normalised; their frames are what the file says. Frames without a
        box are among ``listed``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Names each faulty line, its value and what is allowed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}. {_TIMESTAMP_FIX}")
    rows: list[ToolRow] = []
    problems: list[str] = []
    videos: dict[str, tuple[int, int] | None] = {}
    listed: dict[str, list[float]] = {}
    for line, cells in _lines(path):
        is_empty = len(cells) > 1 and not any(c.strip() for c in cells[2:])
        row = (
            _empty_row(cells, line) if is_empty else _timestamp_row(cells, line, labels)
        )
        if isinstance(row, str):
            problems.append(f"line {line}: {row}")
            continue
        videos.setdefault(row.video, None)
        listed.setdefault(row.video, []).append(row.frame)
        rows += [] if is_empty else [row]
    raise_problems(path, problems, _TIMESTAMP_FIX)
    boxes = boxes_of_rows(rows, videos)
    boxes.listed = listed
    used = {row.action for row in rows}
    if labels:
        boxes.classes = list(labels.values())
    elif all(name.isdecimal() for name in used):
        boxes.classes = sorted(used, key=int)
    boxes.normalized = True
    return boxes


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Cells of each line, without the header line and empty lines."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path} is no csv in UTF-8: {error}. {_TIMESTAMP_FIX}"
        ) from None
    has_header = bool(lines) and lines[0][1][0].strip() == "video_id"
    return lines[1:] if has_header else lines


def _empty_row(cells: list[str], line: int) -> ToolRow | str:
    """A frame without a box, or what is wrong with it."""
    try:
        time = float(cells[1])
    except ValueError:
        time = math.nan
    if not math.isfinite(time) or abs(time) > 2**53:
        return f"timestamp {cells[1]!r} is no number"
    return ToolRow(cells[0], time, (0, 0, 0, 0), "", "", f"line {line}")


def _timestamp_row(
    cells: list[str], line: int, labels: dict[int, str] | None
) -> ToolRow | str:
    """The row, or what is wrong with it."""
    if len(cells) not in (7, 8):
        return f"{len(cells)} columns: {','.join(cells)!r}"
    try:
        time, *corners = map(float, cells[1:6])
        action = int(cells[6])
    except ValueError:
        return f"a cell is no number: {','.join(cells)!r}"
    if not all(map(math.isfinite, (time, *corners))) or abs(time) > 2**53:
        return f"a number is not finite: {','.join(cells)!r}"
    if labels is not None and action not in labels:
        return f"action_id {action} is not in the list of labels"
    track = cells[7].strip() if len(cells) == 8 else ""
    track = "" if track == "-1" else track
    name = labels[action] if labels is not None else str(action)
    x1, y1, x2, y2 = corners
    return ToolRow(cells[0], time, (x1, y1, x2, y2), name, track, f"line {line}")
