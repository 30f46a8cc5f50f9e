"""Read folders with one text file of boxes per frame, as YOWO writes them."""

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import raise_problems
from stal_plugin.annotations.annotation_files import number_column
from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.structures.box_table import BoxTable

_TRUTH = ("class", "x1", "y1", "x2", "y2")
_PREDICTION = ("class", "score", "x1", "y1", "x2", "y2")
_FLAT_NAME = re.compile(r"(.+)_(\d+)$")
_FIX = (
    "A line of ground truth is 'class x1 y1 x2 y2', one of predictions 'class score "
    "x1 y1 x2 y2'; classes count from 1, corners are pixels."
)
_NAMES = (
    "Files are called VIDEO_FRAME.txt, such as Biking_v_Biking_g01_c01_00009.txt, or "
    "VIDEO/FRAME.txt."
)


def read_yowo_folder(path: str | PathLike, predictions: bool) -> BoxFile:
    """Read all ``.txt`` files of a folder and its sub-folders.

    A file ``a/b/00009.txt`` and a file ``a_b_00009.txt`` are both frame 9 of the video
    ``a_b``: YOWO writes labels in folders and detections in one.

    Args:
        path: The folder. A frame without a box has an empty file.
        predictions: Whether the second number of a line is a score.

    Returns:
        The rows, boxes in pixels.

    Raises:
        FileNotFoundError: There is no such folder, or no file in it.
        ValueError: Names each faulty file and line, its value and what is allowed.
    """
    folder = Path(path)
    files = sorted(folder.rglob("*.txt"))
    if not files:
        raise FileNotFoundError(f"there is no folder {folder} with .txt files. {_FIX}")
    videos, frames = _places(folder, files)
    names = _PREDICTION if predictions else _TRUTH
    places: list[str] = []  # line and file of each row, for the errors
    owners: list[int] = []
    rows: list[list[str]] = []
    for owner, file in enumerate(files):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            cells = line.split()
            if not cells:
                continue
            places.append(f"{number} of {file.relative_to(folder)}")
            owners.append(owner)
            rows.append(cells)
    wrong = [
        f"line {place}: {len(cells)} numbers, not {len(names)}: {' '.join(cells)!r}"
        for place, cells in zip(places, rows, strict=True)
        if len(cells) != len(names)
    ]
    raise_problems(folder, wrong, _FIX)
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    values = {
        name: _column(folder, name, texts, places)
        for name, texts in zip(names, columns, strict=True)
    }
    table = BoxTable(
        frames=frames[owners],
        boxes=np.stack([values[n] for n in ("x1", "y1", "x2", "y2")], axis=1),
        labels=values["class"] - 1,
        video_ids=videos[owners],
        scores=values.get("score", np.ones(len(rows))),
        origins=np.array(places, dtype=object),
    )
    _check(folder, table)
    return BoxFile(table, in_pixels=True, listed_videos=videos, listed_frames=frames)


def frame_of_name(relative: str) -> tuple[str, int] | None:
    """Read video and frame from the path of a frame's file.

    Args:
        relative: Path without suffix, such as ``'a/b/00009'`` or ``'a_b_00009'``.

    Returns:
        Video (``'a_b'``) and frame; None if the path ends in no number.
    """
    folder, _, stem = relative.rpartition("/")
    video = folder.replace("/", "_")
    if stem.isdecimal() and video:
        return video, int(stem)
    match = _FLAT_NAME.match(stem)
    if not match:
        return None
    return "_".join(filter(None, (video, match[1]))), int(match[2])


def _places(folder: Path, files: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    relative = [file.relative_to(folder).with_suffix("").as_posix() for file in files]
    found = [frame_of_name(name) for name in relative]
    wrong = [f"{n}.txt" for n, f in zip(relative, found, strict=True) if f is None]
    raise_problems(folder, [f"{name} names no frame" for name in wrong], _NAMES)
    known = [place for place in found if place is not None]
    videos = np.array([video for video, _ in known], dtype=object)
    return videos, np.array([frame for _, frame in known], dtype=np.int64)


def _column(
    folder: Path, name: str, texts: Sequence[str], places: Sequence[str]
) -> np.ndarray:
    return number_column(folder, name, texts, places, name == "class", _FIX)


def _check(folder: Path, table: BoxTable) -> None:
    boxes, places = table.boxes, table.origins
    with np.errstate(invalid="ignore"):
        good = np.isfinite(boxes).all(1) & (boxes[:, :2] <= boxes[:, 2:]).all(1)
    problems = [
        f"line {places[i]}: box {boxes[i].tolist()} is not x1 <= x2, y1 <= y2"
        for i in np.flatnonzero(~good).tolist()
    ]
    problems += [
        f"line {places[i]}: class {table.labels[i] + 1} is below 1"
        for i in np.flatnonzero(table.labels < 0).tolist()
    ]
    problems += [
        f"line {places[i]}: score {table.scores[i]} is not finite"
        for i in np.flatnonzero(~np.isfinite(table.scores)).tolist()
    ]
    raise_problems(folder, problems, _FIX)
