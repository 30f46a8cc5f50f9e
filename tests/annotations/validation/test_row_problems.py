from collections.abc import Callable

import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.validation.csv_rows import read_csv_rows
from stal_plugin.annotations.validation.row_problems import (
    looks_like_pixels,
    row_problems,
)


@pytest.mark.parametrize(
    ("line", "kind", "repair"),
    [
        ("q,1,0.1,0.2,0.5,0.8,1,0", "unknown video", ""),
        ("a,41,0.1,0.2,0.5,0.8,1,0", "frame beyond the video", ""),
        ("a,-1,0.1,0.2,0.5,0.8,1,0", "frame below 1", ""),
        ("a,9,0.5,0.2,0.1,0.8,1,0", "swapped corners", "corners"),
        ("a,9,0.1,0.2,0.1,0.8,1,0", "zero area", ""),
        # 0.02 of 96 pixels is 1.92, 0.03 is 2.88
        ("a,9,0.1,0.2,1.02,0.8,1,0", "box a little outside the frame", "clip"),
        ("a,9,0.1,0.2,1.03,0.8,1,0", "box outside the frame", ""),
        ("a,9,-0.5,0.2,0.5,0.8,1,0", "box outside the frame", ""),
        ("a,9,0.1,0.2,0.5,0.8,3,0", "unknown label", ""),
        ("a,9,0.1,0.2,0.5,0.8,1,-2", "person below -1", ""),
        ("a,20,0.1,0.2,0.5,0.8,1,0", "duplicate row", "duplicates"),
    ],
)
def test_each_fault(
    write: Callable,
    good_lines: list,
    header: Annotation,
    line: str,
    kind: str,
    repair: str,
) -> None:
    rows, _ = read_csv_rows(write([*good_lines, line]))
    (problem,) = row_problems(rows, header, "f.csv")
    assert (problem.kind, problem.line, problem.repair) == (kind, 8, repair)
    assert problem.value == line
    assert not problem.warning


def test_good_rows(write: Callable, good_lines: list, header: Annotation) -> None:
    rows, _ = read_csv_rows(write(good_lines))
    assert row_problems(rows, header, "f.csv") == []


def test_bases(write: Callable, good_lines: list, header: Annotation) -> None:
    lines = [
        line.replace(",1,0", ",0,0").replace(",2,0", ",1,0") for line in good_lines
    ]
    problems = row_problems(read_csv_rows(write(lines))[0], header, "f.csv")
    assert {p.kind for p in problems} == {"labels count from 0"}
    assert {p.repair for p in problems} == {"label base"}
    (problem,) = row_problems(read_csv_rows(write(["a,9,0,0,1,1,0,0"]))[0], header, "f")
    assert (problem.kind, problem.repair) == ("unknown label", "")  # 1 is left over
    # a 2 among the 0s: counted from 0 or a slip? only a person can tell
    lines.append("a,30,0.1,0.2,0.5,0.8,2,0")
    problems = row_problems(read_csv_rows(write(lines))[0], header, "f.csv")
    assert {(p.kind, p.repair) for p in problems} == {("unknown label", "")}
    lines = [*good_lines, "a,0,0.1,0.2,0.5,0.8,1,0"]
    (problem,) = row_problems(read_csv_rows(write(lines))[0], header, "f.csv")
    assert (problem.kind, problem.repair) == ("frame below 1", "")  # may be a slip
    lines.append("a,1,0.1,0.2,0.5,0.8,1,0")  # the person goes on: frames are from 0
    (problem,) = row_problems(read_csv_rows(write(lines))[0], header, "f.csv")
    assert (problem.kind, problem.repair) == ("frame below 1", "frame base")
    lines.append("a,40,0.1,0.2,0.5,0.8,1,0")
    (problem,) = row_problems(read_csv_rows(write(lines))[0], header, "f.csv")
    assert (problem.kind, problem.repair) == ("frame below 1", "")


def test_pixels(write: Callable, header: Annotation) -> None:
    lines = ["a,20,10,20,50,60,1,0", "a,21,0,0,96,64,2,0"]
    rows, _ = read_csv_rows(write(lines))
    problems = row_problems(rows, header, "f.csv")
    assert [(p.kind, p.line, p.repair) for p in problems] == [
        ("box in pixels", 2, "pixels"),
        ("box in pixels", 3, "pixels"),
    ]
    rows, _ = read_csv_rows(write([*lines, "a,22,0.1,0.1,0.5,0.5,1,0"]))
    assert not looks_like_pixels(rows, header)


def test_repeats_in_any_order(write: Callable) -> None:
    lines = ["a,2,0,0,1,1,1,0", "a,1,0,0,1,1,1,0", "a,2,0,0,1,1,1,0", "b,2,0,0,1,1,1,0"]
    rows, _ = read_csv_rows(write(lines))
    assert rows.repeats().tolist() == [False, False, True, False]
