"""Read folders with one text file of boxes per frame, as YOWO writes them."""

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from stal_plugin.annotations.box_file import BoxFile, evaluation_problems
from stal_plugin.annotations.csv_columns import Kinds, convert_rows
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.structures.box_table import BoxTable

_CORNERS = {"x1": float, "y1": float, "x2": float, "y2": float}
_TRUTH: Kinds = {"class": int, **_CORNERS}
_PREDICTION: Kinds = {"class": int, "score": float, **_CORNERS}
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
    kinds = _PREDICTION if predictions else _TRUTH
    owners: list[int] = []
    lines: list[tuple[str, list[str]]] = []
    for owner, file in enumerate(files):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            if cells := line.split():
                owners.append(owner)
                lines.append((f"{number} of {file.relative_to(folder)}", cells))
    columns, problems = convert_rows(folder.name, kinds, lines)
    raise_problems(folder, problems, _FIX)
    table = BoxTable(
        frames=frames[owners],
        boxes=np.stack([columns[name] for name in _CORNERS], axis=1),
        labels=columns["class"] - 1,
        video_ids=videos[owners],
        scores=columns.get("score", np.ones(len(lines))),
        origins=columns["line"],
    )
    names = ("frame", "class")
    problems = evaluation_problems(table, folder.name, 0, in_pixels=True, names=names)
    raise_problems(folder, problems, _FIX)
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
    places = [frame_of_name(name) for name in relative]
    wrong = [f"{n}.txt" for n, f in zip(relative, places, strict=True) if f is None]
    raise_problems(folder, [f"{name} names no frame" for name in wrong], _NAMES)
    known = [place for place in places if place is not None]
    videos = np.array([video for video, _ in known], dtype=object)
    return videos, np.array([frame for _, frame in known], dtype=np.int64)
