"""Rows of an annotation csv, right or wrong."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation_files import COLUMNS
from stal_plugin.structures.box_table import BoxTable


@dataclass(frozen=True)
class Problem:
    """One fault of a data set.

    Args:
        kind: Name of the kind of fault, such as ``'zero area'``.
        file: The file.
        line: Line in it, from 1; 0 where a line means nothing.
        value: What is there.
        fix: What the user can do.
        repair: Name of the repair that mends it; '' if only a person can.
        warning: Whether training works all the same.
    """

    kind: str
    file: str
    line: int
    value: str
    fix: str
    repair: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        mendable = " [--fix does this]" if self.repair else ""
        return f"{place}: {self.value}. {self.fix}{mendable}"


_FIX = f"A row is {','.join(COLUMNS)}; correct or delete it"


def row_text(rows: BoxTable, i: int) -> str:
    """Row i as it is in the file."""
    corners = ",".join(f"{x:g}" for x in rows.boxes[i])
    return (
        f"{rows.video_ids[i]},{rows.frames[i]},{corners},{rows.labels[i] + 1},"
        f"{rows.person_ids[i]}"
    )


def read_csv_rows(path: Path) -> tuple[BoxTable, list[Problem]]:
    """Read what can be read.

    Args:
        path: The csv.

    Returns:
        The rows of eight columns with numbers, and the problems of the others. A file
        that cannot be read at all gives no row and one problem.
    """
    problems: list[Problem] = []
    cells: list[list[str]] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                texts = [text.strip() for text in row]
                is_header = not lines and tuple(t.lower() for t in texts) == COLUMNS
                if texts and not is_header:
                    cells.append(texts)
                    lines.append(reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fix = "Write the file again as csv in UTF-8"
        problems.append(Problem("unreadable file", path.name, 0, str(error), fix))
        cells, lines = [], []
    good: list[tuple] = []
    for line, row in zip(lines, cells, strict=True):
        numbers = _numbers(row)
        if isinstance(numbers, str):
            problems.append(
                Problem(numbers, path.name, line, ",".join(row)[:120], _FIX)
            )
        else:
            good.append((line, row[0], *numbers))
    columns = list(zip(*good, strict=True)) if good else [()] * 9
    rows = BoxTable(
        frames=np.array(columns[2], np.int64),
        boxes=np.array(columns[3:7], np.float64).T.reshape(-1, 4),
        labels=np.array(columns[7], np.int64) - 1,
        video_ids=np.array(columns[1], dtype=object),
        person_ids=np.array(columns[8], np.int64),
        origins=np.array(columns[0], np.int64),
    )
    return rows, problems


def _numbers(row: list[str]) -> tuple | str:
    """Numbers of a row, or the kind of its fault."""
    if len(row) != len(COLUMNS):
        return "wrong number of columns"
    try:
        frame, action, person = int(row[1]), int(row[6]), int(row[7])
        corners = [float(text) for text in row[2:6]]
    except ValueError:
        seconds = "." in row[1] and row[1].replace(".", "", 1).isdecimal()
        return "timestamp in seconds" if seconds else "not a number"
    if not np.isfinite(corners).all() or max(map(abs, (frame, action, person))) > 2**53:
        return "not a number"
    return frame, *corners, action, person
