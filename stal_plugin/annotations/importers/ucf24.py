"""Read UCF101-24's text files, one per frame."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.mat_files import read_mat
from stal_plugin.annotations.importers.plain_pickle import load_pickle
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.importers.videos import visible_files
from stal_plugin.annotations.problems import one_error, raise_problems

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
    files = visible_files(folder, ".txt")
    if not files:
        raise FileNotFoundError(f"there is no folder {folder} with .txt files. {_FIX}")
    names = dict(labels or {})
    rows: list[ToolRow] = []
    problems: list[str] = []
    listed: dict[str, list[float]] = {}
    for file in files:
        relative = file.relative_to(folder)
        video = relative.parent.as_posix()
        if not file.stem.isdecimal() or len(relative.parts) < 2:
            problems.append(f"{relative}: the path names no video and frame")
            continue
        listed.setdefault(video, []).append(int(file.stem))
        own, wrong = _read(file, relative, names, labels is None)
        rows += own
        problems += wrong
    raise_problems(folder, problems, _FIX)
    classes = [names[k] for k in sorted(names)]
    return boxes_of_rows(rows, dict.fromkeys(listed), classes, base=1, listed=listed)


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


_MAT_FIX = (
    "The file has a struct array 'annot' with the fields name and tubes; a tube has "
    "sf (first frame, from 1), class (from 1) and boxes (x y width height per frame)."
)


def read_ucf24_mat(
    path: str | PathLike, labels: dict[int, str] | None = None
) -> ToolBoxes:
    """Read tubes.

    Args:
        path: The ``.mat`` file.
        labels: Names by number. None: the name of class k is the first part of
            ``name`` (``Biking/v_Biking_g01_c01``) of the videos that have it.

    Returns:
        The boxes in pixels; each tube is a track.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged or of another form.
    """
    path = Path(path)
    try:
        data = read_mat(path, "tubes", "annot")
    except ValueError as error:
        raise ValueError(f"{error}. {_MAT_FIX}") from None
    names = dict(labels or {})
    rows: list[ToolRow] = []
    problems: list[str] = []
    videos = data["videos"].tolist()
    columns = ("video", "number", "is_tube", "first", "label")
    tubes = zip(*(data[key].tolist() for key in columns), strict=True)
    parts = np.split(data["boxes"], np.cumsum(data["count"]))
    for (v, number, is_tube, first, k), boxes in zip(tubes, parts, strict=False):
        video = videos[v]
        place, own = f"{video}, tube {number}", video.partition("/")[0]
        if not is_tube:
            problems.append(f"{place}: no sf, class or boxes")
            continue
        name = names.get(k) if labels else names.setdefault(k, own)
        if name is None or (labels is None and name != own):
            problems.append(f"{place}: class {k} is {name!r} elsewhere")
        else:
            rows += _rows_of_tube(video, first, boxes, name, str(number - 1), place)
    raise_problems(path, problems, _MAT_FIX)
    classes = [names[k] for k in sorted(names)]
    counts = zip(videos, data["frames"].tolist(), strict=True)
    lengths = {video: count for video, count in counts if count}
    return boxes_of_rows(rows, dict.fromkeys(videos), classes, base=1, lengths=lengths)


def _rows_of_tube(
    video: str, first: int, boxes: NDArray[np.float64], *facts: str
) -> list[ToolRow]:
    """Rows of x, y, width and height of a tube; ``facts``: action, track, place."""
    return [
        ToolRow(video, first + i, (x, y, x + w, y + h), *facts)
        for i, (x, y, w, h) in enumerate(boxes.tolist())
    ]


_PICKLE_FIX = (
    "pyannot.pkl has by video numf and annotations, each with sf (first frame, from "
    "0), ef (the frame after the last), label and boxes (x y width height per frame)."
)


def read_ucf24_pickle(
    path: str | PathLike, labels: dict[int, str] | None = None
) -> ToolBoxes:
    """Read ``pyannot.pkl``, the tubes in the form of Python.

    Args:
        path: The pickle; nothing that it names is run.
        labels: Names by number from 1. None: the name of a class is the first part of
            the names of its videos.

    Returns:
        The boxes in pixels; each tube is a track.

    Raises:
        ValueError: The file is no such pickle, or its first and last frames and boxes
            contradict each other.
    """
    data = load_pickle(path)
    rows: list[ToolRow] = []
    problems: list[str] = []
    names: dict[int, str] = {}
    size = Path(path).stat().st_size
    if not isinstance(data, dict):
        raise ValueError(f"{path}: no table of videos. {_PICKLE_FIX}")
    with one_error(path):
        for video, item in data.items():
            for number, tube in enumerate(item["annotations"]):
                place = f"{video}, tube {number + 1}"
                first, end, k = (int(tube[key]) for key in ("sf", "ef", "label"))
                boxes = np.asarray(tube["boxes"], np.float64).reshape(-1, 4)
                if len(rows) + len(boxes) > size:  # they stand in the file only once
                    raise ValueError("the tubes are larger than the file")
                wrong = _contradictions(first, end, len(boxes), item["numf"])
                own = labels.get(k + 1, "") if labels else video.partition("/")[0]
                if not own or names.setdefault(k, own) != own:
                    wrong.append(f"label {k} is {names.get(k)!r} elsewhere")
                problems += (f"{place}: {text}" for text in wrong)
                rows += _rows_of_tube(video, first, boxes, own, str(number), place)
    raise_problems(path, problems, _PICKLE_FIX)
    classes = list(dict(sorted(names.items())).values())
    lengths = {video: int(item["numf"]) for video, item in data.items()}
    return boxes_of_rows(rows, dict.fromkeys(data), classes, base=0, lengths=lengths)


def _contradictions(first: int, end: int, count: int, length: Any) -> list[str]:
    """What is wrong with a tube of ``count`` boxes in a video of ``length`` frames."""
    problems = []
    if end - first not in (count, count - 1):
        problems.append(f"sf {first} and ef {end}, but {count} boxes")
    if end > int(length) or first < 0:
        problems.append(f"ef {end} of {length} frames")
    return problems
