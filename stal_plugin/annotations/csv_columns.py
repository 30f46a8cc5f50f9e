"""Columns of csv files with one row per box, and what is wrong with their rows."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stal_plugin.annotations.problems import Problem

#: Type of each column by name, in the order of the file: str, int or float.
Kinds = Mapping[str, type]
#: Columns by name and ``line``.
Columns = dict[str, NDArray]

_CHUNK = 1024  # rows that exist as Python strings at one time; more are slower
_LARGEST = 2**53
_WORDS = {int: "an integer", float: "a number"}


def read_columns(path: Path, kinds: Kinds) -> tuple[Columns, list[Problem]]:
    """Read all rows that are made of the right types, whatever their values are.

    Args:
        path: The csv, with or without a header line that repeats the names.
        kinds: Its columns.

    Returns:
        Columns ``(N,)`` by name (object, int64 or float64; numbers are finite) with
        one more, ``line``, the 1-based line of each row; and the problems of the rows
        that are left out. A file that cannot be read at all gives no row and one
        problem.
    """
    parts, problems = [_converted(kinds, [])], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for chunk in numbered_rows(file, tuple(kinds)):
                columns, faults = convert_rows(path.name, kinds, chunk)
                parts.append(columns)
                problems += faults
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fix = "Write the file again as csv in UTF-8"
        text = unreadable_text(path, error)
        problems = [Problem("unreadable file", path.name, 0, text, fix, rule=text)]
        parts = parts[:1]
    return join_columns(parts), problems


def join_columns(parts: Sequence[Columns]) -> Columns:
    """Put the rows of several parts, at least one, after each other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def numbered_rows(
    file: Iterable[str], header: Sequence[str]
) -> Iterator[list[tuple[int, list[str]]]]:
    """Read the cells of each line, some rows at a time.

    Args:
        file: Lines of a csv.
        header: First cells of a header line, which is left out, as are empty lines.

    Yields:
        1-based line and cells of each row.
    """
    rows = ((line, cells) for line, cells in _numbered(file) if cells)
    first = list(islice(rows, 1))
    for _, cells in first:
        names = [text.strip().lower() for text in cells[: len(header)]]
        if names != list(header):
            yield first
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _numbered(file: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise csv.Error(f"line {reader.line_num}: {error}") from None


def unreadable_text(path: Path, error: Exception) -> str:
    """Say where a csv cannot be read.

    Args:
        path: The csv.
        error: What reading it raised.

    Returns:
        Line and reason.
    """
    if isinstance(error, UnicodeDecodeError):
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as own:
                    byte = f"byte {own.start + 1} ({line[own.start]:#04x})"
                    return f"line {number}: {byte} is no text in UTF-8"
    return str(error)


def convert_rows(
    file: str, kinds: Kinds, rows: Sequence[tuple[int | str, list[str]]]
) -> tuple[Columns, list[Problem]]:
    """Turn cells into columns.

    Args:
        file: Name of the file, for the problems.
        kinds: Its columns.
        rows: Line and cells of each row.

    Returns:
        As :func:`read_columns`.
    """
    try:
        return _converted(kinds, rows), []
    except (ValueError, OverflowError):
        faults = {i: _fault(kinds, cells) for i, (_, cells) in enumerate(rows)}
    fix = f"A row is {','.join(kinds)}; correct or delete it"
    problems = [
        Problem(
            fault[0], file, rows[i][0], ",".join(rows[i][1])[:120], fix, rule=fault[1]
        )
        for i, fault in faults.items()
        if fault
    ]
    return _converted(kinds, [rows[i] for i in faults if not faults[i]]), problems


def _converted(kinds: Kinds, rows: Sequence[tuple[int | str, list[str]]]) -> Columns:
    """Raises ValueError or OverflowError if any row has a fault."""
    cells = np.array([cells for _, cells in rows], dtype=object)
    if not len(rows):
        cells = cells.reshape(0, len(kinds))
    if cells.shape != (len(rows), len(kinds)):
        raise ValueError("rows of another width")
    columns = {
        name: _column(name, kind, texts)
        for texts, (name, kind) in zip(cells.T, kinds.items(), strict=True)
    }
    lines = [line for line, _ in rows]
    is_text = bool(lines) and isinstance(lines[0], str)
    return {**columns, "line": np.array(lines, object if is_text else np.int64)}


def _column(name: str, kind: type, texts: NDArray) -> NDArray:
    if kind is str:
        codes, distinct = pd.factorize(texts)  # one str object for equal texts
        return distinct[codes]
    column = texts.astype(np.int64 if kind is int else np.float64)
    if not np.isfinite(column).all():
        raise ValueError(f"{name} is not finite")
    if kind is int and ((column > _LARGEST) | (column < -_LARGEST)).any():
        raise OverflowError(name)
    return column


def _fault(kinds: Kinds, cells: Sequence[str]) -> tuple[str, str] | None:
    """Kind of the fault of a row, and what is wrong; None for a good row."""
    if len(cells) != len(kinds):
        text = f"{len(cells)} columns instead of {len(kinds)}: {','.join(cells)!r}"
        return "wrong number of columns", text
    for text, (name, kind) in zip(cells, kinds.items(), strict=True):
        if kind is str:
            continue
        try:
            number = kind(text)
        except ValueError:
            number = None
        if number is None or (kind is int and abs(number) > _LARGEST):
            rule = f"{name} {text!r} is not {_WORDS[kind]}"
            decimal = "." in text and text.replace(".", "", 1).strip().isdecimal()
            is_time = decimal and name in ("frame", "timestamp")
            return "timestamp in seconds" if is_time else "not a number", rule
        if not math.isfinite(number):
            return "not a number", f"{name} {text.strip()} is not finite"
    return None
