"""Read AVA's csv, with timestamps in seconds or numbers of frames."""

import csv
import math
from os import PathLike
from pathlib import Path

from stal_plugin.datasets.formats.problems import raise_problems
from stal_plugin.datasets.formats.tool_boxes import ToolBoxes, ToolRow, boxes_of_rows

_FIX = (
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
        raise FileNotFoundError(f"there is no file {path}. {_FIX}")
    rows: list[ToolRow] = []
    problems: list[str] = []
    videos: dict[str, tuple[int, int] | None] = {}
    listed: dict[str, list[float]] = {}
    for line, cells in _lines(path):
        is_empty = len(cells) > 1 and not any(c.strip() for c in cells[2:])
        row = _empty_row(cells, line) if is_empty else _row(cells, line, labels)
        if isinstance(row, str):
            problems.append(f"line {line}: {row}")
            continue
        videos.setdefault(row.video, None)
        listed.setdefault(row.video, []).append(row.frame)
        rows += [] if is_empty else [row]
    raise_problems(path, problems, _FIX)
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
        raise ValueError(f"{path} is no csv in UTF-8: {error}. {_FIX}") from None
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


def _row(cells: list[str], line: int, labels: dict[int, str] | None) -> ToolRow | str:
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
