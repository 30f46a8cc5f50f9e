"""Read boxes in the csv form of AVA, and in our own, which adds columns to it."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from stal_plugin.annotations.box_file import BoxFile, evaluation_problems
from stal_plugin.annotations.csv_columns import (
    Columns,
    Kinds,
    convert_rows,
    join_columns,
    numbered_rows,
    unreadable_text,
)
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.problems import Problem, raise_problems
from stal_plugin.structures.box_table import BoxTable

_CORNERS = {"x1": float, "y1": float, "x2": float, "y2": float}
_START = {"video_id": str, "timestamp": int, **_CORNERS, "action_id": int}
_TRUTH: Kinds = {**_START, "person_id": int}
_PREDICTIONS: Kinds = {**_START, "score": float, "objectness": float}
_OTHERS = {"score": "scores", "objectness": "objectness", "person_id": "person_ids"}
_TIMES: Kinds = {**_START, "timestamp": float, "person_id": str}
_FIX = (
    "A row of ground truth is video_id,timestamp,x1,y1,x2,y2,action_id[,person_id], "
    "one of predictions video_id,timestamp,x1,y1,x2,y2,action_id,score[,objectness]; "
    "corners are divided by the video's width and height. video_id,timestamp,,,,, "
    "names a frame without a box."
)

_LINE = 1000  # characters of a header line
_MARKS = 5  # separators of a line, at least
_EMPTY_ACTION = re.compile(r"action_id '\s*' is")

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
    columns, listed = _read(path, kinds, len(_START) + predictions)
    rows = BoxTable(
        frames=columns["timestamp"],
        boxes=np.stack([columns[name] for name in _CORNERS], axis=1),
        labels=columns["action_id"] - 1,
        video_ids=columns["video_id"],
        origins=columns["line"],
        **{key: columns[name] for name, key in _OTHERS.items() if name in columns},
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
    columns, without = _read(path, _TIMES, len(_START))
    acts = columns["action_id"] >= 0  # boxes of a detector that nobody labelled: -1
    left_out = Counter({"boxes without an action (action_id -1)": int((~acts).sum())})
    columns = {name: column[acts] for name, column in columns.items()}
    numbers, lines = columns["action_id"].tolist(), columns["line"].tolist()
    names = {k: str(k) for k in sorted(set(numbers))} if labels is None else labels
    unknown = [
        f"line {line}: action_id {number} is not in the list of labels"
        for line, number in zip(lines, numbers, strict=True)
        if number not in names
    ]
    raise_problems(path, unknown, _FIX)
    rows = map(
        ToolRow,
        columns["video_id"],
        columns["timestamp"].tolist(),
        zip(*(columns[name].tolist() for name in _CORNERS), strict=True),
        map(names.__getitem__, numbers),
        _tracks(columns.get("person_id", [""] * len(numbers))),
        map("line {}".format, lines),
    )
    every = join_columns([without, columns])
    listed: dict[str, list[float]] = defaultdict(list)
    order = np.argsort(every["line"])
    times = every["timestamp"][order].tolist()
    for video, time in zip(every["video_id"][order], times, strict=True):
        listed[video].append(time)
    return boxes_of_rows(
        *(list(rows), dict.fromkeys(listed), list(names.values())),
        listed=dict(listed),
        left_out=left_out,
        normalized=True,
    )


def _tracks(persons: Iterable[str]) -> list[str]:
    """Persons of the rows; '' for all if they are scores, as predicted boxes have."""
    if all("." in text or text == "1" for text in persons):
        return ["" for _ in persons]
    return ["" if text.strip() == "-1" else text.strip() for text in persons]


def unit_of_header(path: Path) -> str | None:
    """Tell what the header line of a csv calls the second column.

    Args:
        path: The csv.

    Returns:
        ``'frames'`` or ``'seconds'``; None if there is no header line, or if its word
        says neither (``timestamp``, which is the usual one for both).
    """
    if not path.is_file():
        return None
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        cells = [cell.strip().lower() for cell in file.readline(_LINE).split(",")]
    if len(cells) < 2 or cells[0] != "video_id":
        return None
    if "frame" in cells[1]:
        return "frames"
    return "seconds" if cells[1].startswith(("second", "time_s")) else None


def _read(path: Path, kinds: Kinds, needed: int) -> tuple[Columns, Columns]:
    """Columns of the rows with a box, and of those without.

    Columns beyond the ``needed`` ones that no row has are left out.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}. {_FIX}")
    _check_separator(path)
    short = {name: kinds[name] for name in ("video_id", "timestamp")}
    parts: dict[int, list[Columns]] = defaultdict(list)  # by number of columns
    problems: list[Problem] = []
    for width, rows in _rows_by_width(path, needed, len(kinds)):
        own = short if width == 2 else dict(list(kinds.items())[:width])
        columns, faults = convert_rows(path.name, own, rows)
        parts[width].append(columns)
        problems += (_with_cure(fault, kinds is _TIMES) for fault in faults)
    raise_problems(path, problems, _FIX)
    listed = join_columns(parts.pop(2, [convert_rows(path.name, short, [])[0]]))
    tables = [join_columns(own) for _, own in sorted(parts.items())]
    if len(tables) > 1:
        have, name = len(tables[-1]["line"]), list(tables[-1])[-2]
        count = sum(len(table["line"]) for table in tables)
        text = f"{have} of {count} rows have a column {name}"
        raise_problems(path, [text], "All rows have it, or none. " + _FIX)
    return tables[0] if tables else convert_rows(path.name, kinds, [])[0], listed


def _rows_by_width(
    path: Path, needed: int, most: int
) -> Iterator[tuple[int, list[_Row]]]:
    """Rows of one number of columns each time, see :func:`_by_width`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for chunk in numbered_rows(file, ("video_id",)):
                yield from _by_width(chunk, needed, most).items()
    except (UnicodeDecodeError, csv.Error) as error:
        text = unreadable_text(path, error)
        raise ValueError(f"{path} is no csv in UTF-8: {text}. {_FIX}") from None


def _with_cure(fault: Problem, imported: bool) -> Problem:
    """Say what to write for an action that a box lacks."""
    if not _EMPTY_ACTION.match(fault.rule):
        return fault
    unlabelled = ", or write -1 if nobody labelled it" if imported else ""
    cure = f"write the number of the box's action{unlabelled}, or delete the row"
    return replace(fault, rule=f"action_id is empty: {cure}")


def _check_separator(path: Path) -> None:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        line = file.readline(_LINE)
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        if line.count(mark) >= max(_MARKS, line.count(",")):
            raise ValueError(
                f"{path}: its columns are separated by {word}: save it again with "
                "commas between them, and points in decimal numbers"
            )


def _by_width(chunk: Sequence[_Row], needed: int, most: int) -> dict[int, list[_Row]]:
    """Rows by number of columns; 2 for those of frames without a box."""
    rows: dict[int, list[_Row]] = defaultdict(list)
    for line, cells in chunk:
        if len(cells) > 1 and not "".join(cells[2:]).strip():
            rows[2].append((line, cells[:2]))
        else:  # another width is a fault there
            rows[min(max(len(cells), needed), most)].append((line, cells))
    return rows
