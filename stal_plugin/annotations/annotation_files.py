"""Read and write ``annotations.csv`` and the ``annotations.json`` beside it."""

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import (
    FIX_ANNOTATION,
    Annotation,
    raise_problems,
)
from stal_plugin.annotations.annotation_json import header_from_json, header_json
from stal_plugin.annotations.row_checks import check_rows
from stal_plugin.structures.box_table import BoxTable


def number_column(
    path: Path,
    name: str,
    texts: Sequence[str],
    lines: Sequence[int] | Sequence[str],
    integer: bool,
    fix: str,
) -> NDArray:
    """Convert one column.

    Args:
        path: The file, for the error.
        name: The column, for the error.
        texts: ``(N,)`` cells.
        lines: ``(N,)`` 1-based line of each cell, or a text such as ``'7 of a.txt'``.
        integer: Whether the column holds integers.
        fix: What mends the file, for the error.

    Returns:
        ``(N,)`` int64 or float64.

    Raises:
        ValueError: Names the cells that are no number.
    """
    kind, dtype = (int, np.int64) if integer else (float, np.float64)
    try:
        return np.array(list(map(kind, texts)), dtype=dtype)
    except (ValueError, OverflowError):
        what = "an integer" if integer else "a number"
        problems = [
            f"line {line}: {name} {text!r} is not {what}"
            for line, text in zip(lines, texts, strict=True)
            if not _is_number(text, kind)
        ]
        raise_problems(path, problems, fix)
        raise


def _is_number(text: str, kind: type) -> bool:
    try:
        number = kind(text)
    except ValueError:
        return False
    return kind is float or abs(number) < 2**63


COLUMNS = ("video_id", "frame", "x1", "y1", "x2", "y2", "action_id", "person_id")
_INTEGERS = ("frame", "action_id", "person_id")
_CHUNK = 8192  # rows that exist as Python strings at one time
_DECIMALS = 6

_HOW_TO_GET = (
    "Convert your own footage with\n"
    "  python tools/dataset_converters/agot.py RAW_DIR --out {folder}\n"
    "(other formats: python tools/data.py import --help; J-HMDB: jhmdb.py, UCF101-24: "
    "tubes_pkl.py) or make the synthetic stand-in with\n"
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
    for path in (csv_path, json_path):
        if not path.is_file():
            how = _HOW_TO_GET.format(folder=csv_path.parent)
            raise FileNotFoundError(f"annotation file {path} is missing. {how}")
    annotation = header_from_json(json_path)
    annotation.rows = _read_rows(csv_path)
    problems = check_rows(annotation)
    raise_problems(
        csv_path,
        [f"line {annotation.rows.origins[i]}: {text}" for i, text in problems],
        FIX_ANNOTATION,
    )
    annotation.rows = _sorted_rows(annotation)
    return annotation


def write_annotation(annotation: Annotation, csv_path: str | os.PathLike) -> None:
    """Write an annotation as csv, and its json beside it.

    Each file is replaced in one step; boxes are rounded to 6 decimals, rows sorted by
    video and frame.

    Args:
        annotation: What to write; it is checked as in reading.
        csv_path: The csv; the json gets the same stem.

    Raises:
        ValueError: The annotation has faults.
    """
    csv_path = Path(csv_path)
    boxes = np.round(annotation.rows.boxes, _DECIMALS)
    rounded = replace(annotation, rows=replace(annotation.rows, boxes=boxes))
    problems = [f"row {i}: {text}" for i, text in check_rows(rounded)]
    raise_problems(csv_path, problems, "Nothing was written.")
    json_text = header_json(rounded)
    rows = _sorted_rows(rounded)
    csv_path.parent.mkdir(parents=True, exist_ok=True)
    json_path = csv_path.with_suffix(".json")
    parts = [p.with_name(f"{p.name}.part") for p in (csv_path, json_path)]
    with parts[0].open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_texts(rows))
    parts[1].write_text(json_text, encoding="utf-8")
    parts[0].replace(csv_path)
    parts[1].replace(json_path)


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


def _read_rows(csv_path: Path) -> BoxTable:
    """Read the rows in the order of the file; ``origins`` are their lines."""
    names: dict[str, str] = {}
    chunks: dict[str, list[NDArray]] = {name: [] for name in (*COLUMNS, "line")}
    with csv_path.open(encoding="utf-8-sig", newline="") as file:
        rows = _numbered_rows(file)
        while chunk := list(islice(rows, _CHUNK)):
            _check_widths(csv_path, chunk)
            lines, records = zip(*chunk, strict=True)
            chunks["line"].append(np.array(lines, dtype=np.int64))
            for name, texts in zip(COLUMNS, zip(*records, strict=True), strict=True):
                if name == "video_id":  # one str object per video saves memory
                    ids = [names.setdefault(t, t) for t in texts]
                    chunks[name].append(np.array(ids, dtype=object))
                else:
                    integer = name in _INTEGERS
                    chunks[name].append(
                        number_column(
                            csv_path, name, texts, lines, integer, FIX_ANNOTATION
                        )
                    )
    if not chunks["line"]:
        return BoxTable.empty()
    columns = {name: np.concatenate(parts) for name, parts in chunks.items()}
    return BoxTable(
        frames=columns["frame"],
        boxes=np.stack([columns[c] for c in COLUMNS[2:6]], axis=1),
        labels=columns["action_id"] - 1,
        video_ids=columns["video_id"],
        person_ids=columns["person_id"],
        origins=columns["line"],
    )


def _numbered_rows(file: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file)
    numbered = ((reader.line_num, row) for row in reader if row)
    first = next(numbered, None)
    if first is None:
        return numbered
    is_header = tuple(text.strip().lower() for text in first[1]) == COLUMNS
    return numbered if is_header else chain([first], numbered)


def _check_widths(path: Path, rows: list[tuple[int, list[str]]]) -> None:
    problems = [
        f"line {line}: {len(row)} columns instead of {len(COLUMNS)}: {','.join(row)!r}"
        for line, row in rows
        if len(row) != len(COLUMNS)
    ]
    raise_problems(path, problems, f"A row is {','.join(COLUMNS)}.")
