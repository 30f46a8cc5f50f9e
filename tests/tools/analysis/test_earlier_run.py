import json
from pathlib import Path

import pytest
from analysis.earlier_run import compare_or_write


def _report(**medians: float) -> dict:
    runs = [
        {"name": name, "ms_per_frame": ms, "latency_ms": {"p50": ms}}
        for name, ms in medians.items()
    ]
    return {"processor": "x", "runs": runs}


def test_the_first_run_is_kept_and_the_next_compared(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    report = _report(torch=100.0, step=20.0, gone=1.0)
    assert compare_or_write(report, path) == (
        f"{path}: written, to compare later runs with"
    )
    assert json.loads(path.read_text()) == report
    text = compare_or_write(_report(torch=150.0, step=15.0, new=2.0), path)
    head, _, first, second, *rest = text.splitlines()
    assert head == f"|  | ms in {path} | ms now | now / then | against the first row |"
    assert first == "| torch | 100.0 | 150.0 | 1.50 | 1.00 |"
    # three quarters of the time, on a machine of two thirds of the speed
    assert second == "| step | 20.0 | 15.0 | 0.75 | 0.50 |"
    assert rest == ["only now: new", f"only in {path}: gone"]
    assert json.loads(path.read_text()) == report  # it stays


@pytest.mark.parametrize("text", ["", "[]", '{"runs": 3}', '{"runs": [{"name": 1}]}'])
def test_other_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"b\.json' is no report of .*not there yet"):
        compare_or_write(_report(a=1.0), path)
    assert path.read_text() == text
