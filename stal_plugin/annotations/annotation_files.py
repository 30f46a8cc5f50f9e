"""Read and write ``annotations.csv`` and the ``annotations.json`` beside it."""

import csv
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.annotation_json import header_from_json, header_json
from stal_plugin.annotations.csv_columns import read_columns
from stal_plugin.annotations.outdated import (
    forget_outdated,
    is_outdated,
    why_outdated,
)
from stal_plugin.annotations.problems import FIX_ANNOTATION, Problem, raise_problems
from stal_plugin.annotations.row_problems import row_problems
from stal_plugin.files.atomic_file import atomic_pair, finish_pair
from stal_plugin.structures.box_table import BoxTable

#: Columns of the csv and their types.
COLUMNS: dict[str, type] = {
    **{"video_id": str, "frame": int},
    **{"x1": float, "y1": float, "x2": float, "y2": float},
    **{"action_id": int, "person_id": int},
}
_DECIMALS = 6

_HOW_TO_GET = (
    "Convert your own footage with\n"
    "  python tools/dataset_converters/agot.py RAW_DIR --out {folder}\n"
    "(J-HMDB: jhmdb.py beside it; UCF101-24 and other formats: python tools/data.py "
    "import --help) or make the synthetic stand-in with\n"
    "  make standin   (small ones: make standin-mini, make standin-jhmdb)"
)


def read_annotation(
    csv_path: str | os.PathLike, json_path: str | os.PathLike | None = None
) -> Annotation:
    """Read and check an annotation.

    Args:
        csv_path: Rows ``video_id,frame,x1,y1,x2,y2,action_id,person_id`` with or
            without a header line; normalised corners, 1-based frames and actions.
        json_path: Videos and class names. Default: ``csv_path`` with suffix ``.json``.

    Returns:
        The annotation, its rows sorted by video and frame.

    Raises:
        FileNotFoundError: A file is missing; says how to get it.
        ValueError: A file has faults; names the lines, the values and what is allowed.
    """
    csv_path = Path(csv_path)
    json_path = Path(json_path) if json_path else csv_path.with_suffix(".json")
    finish_pair(csv_path, json_path)
    if is_outdated(csv_path):
        raise FileNotFoundError(f"{why_outdated(csv_path)}. Give it again.")
    for path in (csv_path, json_path):
        if not path.is_file():
            how = _HOW_TO_GET.format(folder=shlex.quote(str(csv_path.parent)))
            raise FileNotFoundError(f"annotation file {path} is missing. {how}")
    annotation = header_from_json(json_path)
    annotation.rows, problems = read_rows(csv_path)
    problems += row_problems(annotation, csv_path.name)
    raise_problems(csv_path, problems, FIX_ANNOTATION)
    annotation.rows = _sorted_rows(annotation)
    return annotation


def write_annotation(
    annotation: Annotation,
    csv_path: str | os.PathLike,
    just_before: Callable[[], None] = lambda: None,
) -> None:
    """Write an annotation as csv, and its json beside it.

    The two change together, see ``atomic_pair``; boxes are rounded to 6
    decimals, rows sorted by video and frame.

    Args:
        annotation: What to write; it is checked as in reading.
        csv_path: The csv; the json gets the same stem.
        just_before: Called when both are written, before they get their names.

    Raises:
        ValueError: The annotation has faults.
    """
    csv_path = Path(csv_path)
    boxes = np.round(annotation.rows.boxes, _DECIMALS)
    numbers = np.arange(len(annotation))
    rows = replace(annotation.rows, boxes=boxes, origins=numbers)
    rounded = replace(annotation, rows=rows)
    problems = row_problems(rounded, csv_path.name)
    raise_problems(csv_path, problems, "Nothing was written.", unit="row")
    json_text = header_json(rounded)
    rows = _sorted_rows(rounded)
    json_path = csv_path.with_suffix(".json")
    with atomic_pair(csv_path, json_path) as (csv_part, json_part):
        with csv_part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(_texts(rows))
        json_part.write_text(json_text, encoding="utf-8")
        just_before()
    forget_outdated(csv_path)


def _texts(rows: BoxTable) -> Iterator[tuple]:
    corners = (map(f"{{:.{_DECIMALS}f}}".format, c) for c in rows.boxes.T)
    return zip(
        rows.video_ids,
        rows.frames.tolist(),
        *corners,
        (rows.labels + 1).tolist(),
        rows.person_ids.tolist(),
        strict=True,
    )


def _sorted_rows(annotation: Annotation) -> BoxTable:
    order = np.lexsort((annotation.rows.frames, annotation.video_index()))
    return annotation.rows.take(order)


def read_rows(csv_path: Path) -> tuple[BoxTable, list[Problem]]:
    """Read the rows of an annotation that are made of numbers, whatever those are.

    Args:
        csv_path: The csv.

    Returns:
        The rows in the order of the file, their lines as ``origins``, and the problems
        of the other rows.
    """
    columns, problems = read_columns(csv_path, COLUMNS)
    rows = BoxTable(
        frames=columns["frame"],
        boxes=np.stack([columns[name] for name in ("x1", "y1", "x2", "y2")], axis=1),
        labels=columns["action_id"] - 1,
        video_ids=columns["video_id"],
        person_ids=columns["person_id"],
        origins=columns["line"],
    )
    return rows, problems
