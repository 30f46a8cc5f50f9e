import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stal_plugin.datasets.formats import read_annotation
from stal_plugin.datasets.validation.validate import validate


def test_good_data_has_no_problem(
    write: Callable, good_lines: list, make_video: Callable, tmp_path: Path
) -> None:
    for name in ("a", "b's"):
        make_video(tmp_path / f"videos/{name}.mp4", count=40)
    path = write(good_lines)
    found = validate(path)
    assert found.problems == []
    assert found.rows is not None
    assert len(found.rows) == len(read_annotation(path)) == 6


def test_missing_and_faulty_files(write: Callable, tmp_path: Path) -> None:
    found = validate(tmp_path / "annotations.csv")
    assert [p.kind for p in found.problems] == ["missing file"] * 2
    path = write([])
    assert validate(path, decode=False).errors[0].kind == "no box"
    path.with_suffix(".json").write_text("{")
    (problem,) = validate(path).problems
    assert problem.kind == "faulty json"


def test_problems_of_videos_name_their_line(write: Callable, good_lines: list) -> None:
    path = write(good_lines)
    found = [p for p in validate(path).errors if p.kind == "missing video"]
    text = path.with_suffix(".json").read_text().splitlines()
    assert [text[p.line - 1].strip()[:5] for p in found] == ['"a": ', '"b\'s"']


def test_many_rows_are_fast(write: Callable) -> None:
    lines = [f"a,{i % 40 + 1},0.1,0.2,0.5,0.{i},7,0" for i in range(100, 30_100)]
    start = time.perf_counter()
    found = validate(write(lines), decode=False)
    assert time.perf_counter() - start < 5
    assert sum(p.kind == "unknown label" for p in found.problems) == 30_000


_cell = st.sampled_from(
    ["a", "b's", "1", "0", "40", "0.5", "-1", "1e400", "", "\n", '"']
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lines=st.lists(
        st.lists(_cell | st.text(max_size=3), max_size=9).map(",".join), max_size=5
    )
)
def test_no_text_makes_a_traceback(write: Callable, lines: list[str]) -> None:
    """Text that the strict reader takes has no error of a row, and the other way."""
    path = write([line.encode("utf-8", "replace").decode() for line in lines])
    found = validate(path, decode=False)
    kinds = {p.kind for p in found.errors}
    of_splits = {
        *("no box", "class with no train example", "clip that repeats one frame"),
        "timestamps that look like seconds",
    }
    try:
        read_annotation(path)
    except ValueError:
        assert kinds - of_splits
    else:
        assert not kinds - of_splits


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(max_size=40), cut=st.integers(0, 400))
def test_no_json_makes_a_traceback(write: Callable, text: str, cut: int) -> None:
    path = write(["a,1,0,0,1,1,1,0"])
    json_path = path.with_suffix(".json")
    good = json_path.read_text()
    json_path.write_bytes((good[:cut] + text + good[cut:]).encode("utf-8", "replace"))
    found = validate(path, decode=False)
    assert found.problems


@pytest.mark.parametrize("value", [[], "x", {"a": 1}])
def test_header_of_another_form(write: Callable, value: object) -> None:
    path = write([])
    text = path.with_suffix(".json").read_text()
    path.with_suffix(".json").write_text(text.replace('"wipe"', repr(value)))
    assert validate(path, decode=False).problems[0].kind == "faulty json"
