"""Read boxes in the csv form of AVA, and in our own, which adds columns to it."""

import csv
from collections import Counter
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.box_file import BoxFile, evaluation_problems
from stal_plugin.annotations.csv_columns import Kinds, convert_rows, numbered_rows
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.structures.box_table import BoxTable

_CORNERS = {"x1": float, "y1": float, "x2": float, "y2": float}
_START = {"video_id": str, "timestamp": int, **_CORNERS, "action_id": int}
_TRUTH: Kinds = {**_START, "person_id": int}
_PREDICTIONS: Kinds = {**_START, "score": float, "objectness": float}
_TIMES: Kinds = {**_START, "timestamp": float, "person_id": str}
_FIX = (
    "A row of ground truth is video_id,timestamp,x1,y1,x2,y2,action_id[,person_id], "
    "one of predictions video_id,timestamp,x1,y1,x2,y2,action_id,score[,objectness]; "
    "corners are divided by the video's width and height. video_id,timestamp,,,,, "
    "names a frame without a box."
)

_Row = tuple[int, list[str]]  # line and cells


def read_ava_csv(path: str | PathLike, predictions: bool) -> BoxFile:
    """Read boxes that are to be evaluated.

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
    kinds = _PREDICTIONS if predictions else _TRUTH
    full, empty = _read(path)
    columns = _columns(path, kinds, full, len(_START) + predictions)
    listed = _columns(path, {"video_id": str, "timestamp": int}, empty, 2)
    rows = BoxTable(
        frames=columns["timestamp"],
        boxes=np.stack([columns[name] for name in _CORNERS], axis=1),
        labels=columns["action_id"] - 1,
        video_ids=columns["video_id"],
        origins=columns["line"],
        **{
            plural: columns[name]
            for name, plural in (
                ("score", "scores"),
                ("objectness", "objectness"),
                ("person_id", "person_ids"),
            )
            if name in columns
        },
    )
    names = ("timestamp", "action_id")
    raise_problems(path, evaluation_problems(rows, path.name, 0, names=names), _FIX)
    return BoxFile(
        rows,
        in_pixels=False,
        listed_videos=listed["video_id"],
        listed_frames=listed["timestamp"],
    )


def read_ava_timestamps(
    path: str | PathLike, labels: dict[int, str] | None
) -> ToolBoxes:
    """Read boxes that are to be imported.

    Args:
        path: The csv, with or without a header line. Timestamps are numbers; rows
            without box name a frame without a box.
        labels: Names by number. None: the numbers are the names.

    Returns:
        The boxes, normalised; their frames are what the file says. Frames without a
        box are among ``listed``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Names each faulty line, its value and what is allowed.
    """
    path = Path(path)
    full, empty = _read(path)
    full = [(line, cells + [""] * (len(cells) == len(_START))) for line, cells in full]
    columns = _columns(path, _TIMES, full, len(_TIMES))
    without = _columns(path, {"video_id": str, "timestamp": float}, empty, 2)
    numbers = columns["action_id"].tolist()
    unknown = [
        f"line {line}: action_id {number} is not in the list of labels"
        for line, number in zip(columns["line"], numbers, strict=True)
        if labels is not None and number not in labels
    ]
    raise_problems(path, unknown, _FIX)
    names = labels or {number: str(number) for number in sorted(set(numbers))}
    tracks = ["" if t.strip() == "-1" else t.strip() for t in columns["person_id"]]
    rows = [
        ToolRow(video, time, box, names[number], track, f"line {n}")
        for video, time, box, number, track, n in zip(
            columns["video_id"],
            columns["timestamp"].tolist(),
            zip(*(columns[name].tolist() for name in _CORNERS), strict=True),
            numbers,
            tracks,
            columns["line"],
            strict=True,
        )
    ]
    places = [
        (line, video, time)
        for part in (columns, without)
        for line, video, time in zip(
            part["line"], part["video_id"], part["timestamp"].tolist(), strict=True
        )
    ]
    listed: dict[str, list[float]] = {}
    for _, video, time in sorted(places):
        listed.setdefault(video, []).append(time)
    boxes = boxes_of_rows(rows, dict.fromkeys(listed))
    boxes.classes, boxes.listed = list(names.values()), listed
    boxes.normalized = True
    return boxes


def _read(path: Path) -> tuple[list[_Row], list[_Row]]:
    """Lines with a box, and the first two cells of those without."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}. {_FIX}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(numbered_rows(file, ("video_id",)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no csv in UTF-8: {error}. {_FIX}") from None
    is_empty = [
        len(cells) > 1 and not any(text.strip() for text in cells[2:])
        for _, cells in rows
    ]
    full = [row for row, none in zip(rows, is_empty, strict=True) if not none]
    empty = [row for row, none in zip(rows, is_empty, strict=True) if none]
    return full, [(line, cells[:2]) for line, cells in empty]


def _columns(
    path: Path, kinds: Kinds, rows: Sequence[_Row], needed: int
) -> dict[str, NDArray]:
    """Columns by name and ``line``; those that no row has are left out."""
    widths = Counter(len(cells) for _, cells in rows) or Counter([len(kinds)])
    wrong = [
        f"line {line}: {len(cells)} columns: {','.join(cells)!r}"
        for line, cells in rows
        if not needed <= len(cells) <= len(kinds)
    ]
    raise_problems(path, wrong, _FIX)
    width, *other = sorted(widths, reverse=True)
    if other:
        name = list(kinds)[width - 1]
        text = f"{widths[width]} of {len(rows)} rows have a column {name}"
        raise_problems(path, [text], "All rows have it, or none. " + _FIX)
    present = dict(list(kinds.items())[:width])
    columns, problems = convert_rows(path.name, present, rows)
    raise_problems(path, problems, _FIX)
    return columns
