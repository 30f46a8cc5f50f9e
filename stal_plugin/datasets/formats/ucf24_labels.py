"""Read UCF101-24's text files, one per frame."""

from os import PathLike
from pathlib import Path

import numpy as np

from stal_plugin.datasets.formats.problems import raise_problems
from stal_plugin.datasets.formats.tool_boxes import ToolBoxes, ToolRow, boxes_of_rows

_FIX = (
    "The layout is labels/CLASS/VIDEO/00001.txt, each line 'class x1 y1 x2 y2' with "
    "pixels and classes from 1."
)


def read_ucf24_labels(
    path: str | PathLike, labels: dict[int, str] | None = None
) -> ToolBoxes:
    """Read the text files of a folder ``labels``.

    Args:
        path: The folder, with ``CLASS/VIDEO/00001.txt``; frames count from 1.
        labels: Names by number. None: the name of class k is the folder whose files
            say k, which must be the same one everywhere.

    Returns:
        The boxes in pixels; the files have no tracks.

    Raises:
        FileNotFoundError: There is no such folder, or no text file in it.
        ValueError: Names each faulty file and line, its value and what is allowed.
    """
    folder = Path(path)
    files = sorted(folder.rglob("*.txt"))
    if not files:
        raise FileNotFoundError(f"there is no folder {folder} with .txt files. {_FIX}")
    names = dict(labels or {})
    rows: list[ToolRow] = []
    problems: list[str] = []
    videos: dict[str, tuple[int, int] | None] = {}
    listed: dict[str, list[float]] = {}
    for file in files:
        relative = file.relative_to(folder)
        video = relative.parent.as_posix()
        if not file.stem.isdecimal() or len(relative.parts) < 2:
            problems.append(f"{relative}: the path names no video and frame")
            continue
        videos.setdefault(video, None)
        listed.setdefault(video, []).append(int(file.stem))
        found, wrong = _read(file, relative, names, labels is None)
        rows += found
        problems += wrong
    raise_problems(folder, problems, _FIX)
    boxes = boxes_of_rows(rows, videos)
    boxes.classes = [names[k] for k in sorted(names)]
    boxes.base, boxes.listed = 1, listed
    return boxes


def _read(
    file: Path, relative: Path, names: dict[int, str], by_folder: bool
) -> tuple[list[ToolRow], list[str]]:
    """Rows and problems of a file; adds to ``names`` what its folder tells."""
    rows: list[ToolRow] = []
    problems: list[str] = []
    video, own = relative.parent.as_posix(), relative.parts[0]
    text = file.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        place = f"{relative}, line {number}"
        values = _numbers(line)
        if values is None:
            problems.append(f"{place}: {line!r} is not 'class x1 y1 x2 y2'")
        elif values:
            k = int(values[0])
            if by_folder and names.setdefault(k, own) != own:
                problems.append(f"{place}: class {k} is {names[k]!r} in other files")
            elif k not in names:
                problems.append(f"{place}: class {k} is not in the list of labels")
            else:
                box = (values[1], values[2], values[3], values[4])
                rows.append(ToolRow(video, int(file.stem), box, names[k], "", place))
    return rows, problems


def _numbers(line: str) -> list[float] | None:
    """Class and corners; [] for an empty line, None for a faulty one."""
    try:
        values = [float(text) for text in line.split()]
    except ValueError:
        return None
    good = len(values) in (0, 5) and bool(np.isfinite(values).all())
    return values if good and (not values or values[0].is_integer()) else None
