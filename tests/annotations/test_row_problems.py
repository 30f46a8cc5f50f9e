from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.annotation_files import read_rows
from stal_plugin.annotations.row_problems import (
    looks_like_pixels,
    row_problems,
)


def _read(path: object, header: Annotation) -> Annotation:
    rows, problems = read_rows(path)  # type: ignore[arg-type]
    assert not problems
    return replace(header, rows=rows)


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
    annotation = _read(write([*good_lines, line]), header)
    (problem,) = row_problems(annotation, "f.csv")
    assert (problem.kind, problem.line, problem.repair) == (kind, 8, repair)
    assert problem.value == line
    assert not problem.warning


def test_good_rows(write: Callable, good_lines: list, header: Annotation) -> None:
    annotation = _read(write(good_lines), header)
    assert row_problems(annotation, "f.csv") == []


def test_bases(write: Callable, good_lines: list, header: Annotation) -> None:
    lines = [
        line.replace(",1,0", ",0,0").replace(",2,0", ",1,0") for line in good_lines
    ]
    problems = row_problems(_read(write(lines), header), "f.csv")
    assert {p.kind for p in problems} == {"labels count from 0"}
    assert {p.repair for p in problems} == {"label base"}
    (problem,) = row_problems(_read(write(["a,9,0,0,1,1,0,0"]), header), "f")
    assert (problem.kind, problem.repair) == ("unknown label", "")  # 1 is left over
    # a 2 among the 0s: counted from 0 or a slip? only a person can tell
    lines.append("a,30,0.1,0.2,0.5,0.8,2,0")
    problems = row_problems(_read(write(lines), header), "f.csv")
    assert {(p.kind, p.repair) for p in problems} == {("unknown label", "")}
    lines = [*good_lines, "a,0,0.1,0.2,0.5,0.8,1,0"]
    (problem,) = row_problems(_read(write(lines), header), "f.csv")
    assert (problem.kind, problem.repair) == ("frame below 1", "")  # may be a slip
    lines.append("a,1,0.1,0.2,0.5,0.8,1,0")  # the person goes on: frames are from 0
    (problem,) = row_problems(_read(write(lines), header), "f.csv")
    assert (problem.kind, problem.repair) == ("frame below 1", "frame base")
    lines.append("a,40,0.1,0.2,0.5,0.8,1,0")
    (problem,) = row_problems(_read(write(lines), header), "f.csv")
    assert (problem.kind, problem.repair) == ("frame below 1", "")


def test_pixels(write: Callable, header: Annotation) -> None:
    lines = ["a,20,10,20,50,60,1,0", "a,21,0,0,96,64,2,0"]
    annotation = _read(write(lines), header)
    problems = row_problems(annotation, "f.csv")
    assert [(p.kind, p.line, p.repair) for p in problems] == [
        ("box in pixels", 2, "pixels"),
        ("box in pixels", 3, "pixels"),
    ]
    annotation = _read(write([*lines, "a,22,0.1,0.1,0.5,0.5,1,0"]), header)
    assert not looks_like_pixels(annotation)


def test_repeats_in_any_order(write: Callable, header: Annotation) -> None:
    lines = ["a,2,0,0,1,1,1,0", "a,1,0,0,1,1,1,0", "a,2,0,0,1,1,1,0", "b,2,0,0,1,1,1,0"]
    annotation = _read(write(lines), header)
    assert annotation.rows.repeats().tolist() == [False, False, True, False]


def _rules(annotation: Annotation) -> list[tuple]:
    return [(p.line, p.rule) for p in row_problems(annotation, "a.csv")]


def test_good_rows_in_memory(annotation: Annotation) -> None:
    assert row_problems(annotation, "a.csv") == []
    assert row_problems(Annotation(["a"], {}), "a.csv") == []


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("video_ids", "zz", "video_id 'zz' is not in the json's videos"),
        ("frames", 0, "frame 0 of 'b/x (1)' is not in 1..10"),
        ("frames", 11, "frame 11 of 'b/x (1)' is not in 1..10"),
        ("labels", -1, "action_id 0 is not in 1..3"),
        ("labels", 3, "action_id 4 is not in 1..3"),
        ("person_ids", -2, "person_id -2 is below -1"),
        ("boxes", [0.3, 0.2, 0.3, 0.4], "box [0.3, 0.2, 0.3, 0.4] is not 0 <= x1 < x2"),
        ("boxes", [0.1, 0.2, 0.3, 1.01], "box [0.1, 0.2, 0.3, 1.01] is not"),
        ("boxes", [0.1, np.nan, 0.3, 0.4], "box [0.1, nan, 0.3, 0.4] is not"),
        ("boxes", [-0.1, 0.2, np.inf, 0.4], "box [-0.1, 0.2, inf, 0.4] is not"),
    ],
)
def test_each_rule(
    annotation: Annotation, column: str, value: object, text: str
) -> None:
    getattr(annotation.rows, column)[1] = value
    ((line, rule),) = _rules(annotation)
    assert line == 1  # the number of the row in memory
    assert rule.startswith(text)


def test_repeated_rows_but_not_other_labels_or_persons(annotation: Annotation) -> None:
    rows = annotation.rows
    rows.boxes[1] = rows.boxes[2]  # same box, other person: allowed
    assert _rules(annotation) == []
    rows.person_ids[2] = 0
    assert _rules(annotation) == [(2, "the row of 'b/x (1)', frame 2 is there twice")]
    rows.boxes[2, 0] += 1e-3  # another box
    assert _rules(annotation) == []
