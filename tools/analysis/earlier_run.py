"""Measurements of an earlier run, to compare with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stal_plugin.files.atomic_file import atomic_file

_NUMBERS = ("name", "ms_per_frame", "latency_ms")


def compare_or_write(report: Mapping[str, Any], path: str | Path) -> str:
    """Compare a run with an earlier one; where there is none yet, keep this one.

    Args:
        report: Of ``tools/benchmark.py``; its ``runs`` are compared by their names.
        path: The earlier one, JSON.

    Returns:
        What to print: a markdown table, or that the file was written.

    Raises:
        ValueError: The file is no such report.
    """
    path = Path(path)
    if not path.exists():
        with atomic_file(path) as part:
            part.write_text(json.dumps(report, indent=1) + "\n")
        return f"{path}: written, to compare later runs with"
    earlier = _medians(_read(path)["runs"])
    return _table(earlier, _medians(report["runs"]), str(path))


def _table(earlier: dict[str, float], now: dict[str, float], name: str) -> str:
    """Rows that both have; speeds relative to the first of them, too.

    Another load of the machine changes all times alike, and the last column little.
    """
    common = [row for row in now if row in earlier]
    head = ["", f"ms in {name}", "ms now", "now / then", "against the first row"]
    rows = [head, ["---"] * len(head)]
    for row in common:
        ratio, base = now[row] / earlier[row], now[common[0]] / earlier[common[0]]
        values = (earlier[row], now[row], ratio, ratio / base)
        formats = ("{:.1f}", "{:.1f}", "{:.2f}", "{:.2f}")
        texts = [f.format(v) for f, v in zip(formats, values, strict=True)]
        rows.append([row, *texts])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    for text, names in (
        ("only now", [row for row in now if row not in earlier]),
        (f"only in {name}", [row for row in earlier if row not in now]),
    ):
        lines += [f"{text}: {row}" for row in names]
    return "\n".join(lines)


def _medians(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {run["name"]: float(run["latency_ms"]["p50"]) for run in runs}


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        if not all(name in run for run in content["runs"] for name in _NUMBERS):
            raise KeyError(_NUMBERS)
        _medians(content["runs"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(
            f"'{path}' is no report of tools/benchmark.py ({type(error).__name__}: "
            f"{str(error)[:99]}): name a file that is not there yet"
        ) from None
    return content
