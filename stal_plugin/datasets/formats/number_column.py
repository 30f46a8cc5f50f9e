"""Text of a csv column to numbers, with every fault named by its line."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats.problems import raise_problems


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
