from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.annotation_files import read_rows
from stal_plugin.annotations.csv_columns import convert_rows, numbered_rows
from stal_plugin.annotations.row_problems import row_text


def test_good_rows_with_and_without_header(write: Callable, good_lines: list) -> None:
    path = write(good_lines)
    rows, problems = read_rows(path)
    assert problems == []
    assert rows.origins.tolist() == [2, 3, 4, 5, 6, 7]
    assert rows.video_ids[3] == "b's"
    np.testing.assert_array_equal(rows.boxes[0], [0.1, 0.2, 0.5, 0.8])
    assert row_text(rows, 1) == "a,21,0.1,0.2,0.5,0.8,2,0"
    assert rows.take(rows.frames == 22).origins.tolist() == [4, 7]
    path.write_text("\n\n".join(good_lines))
    assert read_rows(path)[0].origins.tolist() == [1, 3, 5, 7, 9, 11]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("a,1,0,0,1,1,1", "wrong number of columns"),
        ("a,x,0,0,1,1,1,0", "not a number"),
        ("a,12.04,0,0,1,1,1,0", "timestamp in seconds"),
        ("a,1,0,0,nan,1,1,0", "not a number"),
        ("a,1,0,0,1,1,1,99999999999999999999", "not a number"),
    ],
)
def test_lines_that_are_no_rows(write: Callable, line: str, kind: str) -> None:
    rows, (problem,) = read_rows(write(["a,1,0,0,1,1,1,0", line]))
    assert len(rows) == 1
    assert (problem.kind, problem.line, problem.value) == (kind, 3, line)


def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,\xff\xfe")
    rows, (problem,) = read_rows(tmp_path / "a.csv")
    assert len(rows) == 0
    assert problem.kind == "unreadable file"


KINDS = {"video_id": str, "frame": int, "x1": float}


def test_columns_of_other_files() -> None:
    rows = [("3 of a.txt", ["v", "20", "1e-3"]), ("4 of a.txt", ["v", "1", " .5"])]
    columns, problems = convert_rows("a", KINDS, rows)
    assert problems == []
    assert columns["frame"].dtype == np.int64
    assert columns["frame"].tolist() == [20, 1]
    assert columns["x1"].tolist() == [0.001, 0.5]
    assert columns["line"].tolist() == ["3 of a.txt", "4 of a.txt"]
    assert columns["video_id"][0] is columns["video_id"][1]
    empty, _ = convert_rows("a", KINDS, [])
    assert {name: len(column) for name, column in empty.items()} == {
        **{"video_id": 0, "frame": 0},
        **{"x1": 0, "line": 0},
    }


@pytest.mark.parametrize("cell", ["x", "", "1.5", str(2**63), str(-(2**53) - 1)])
def test_each_wrong_cell_is_named_with_its_line(cell: str) -> None:
    rows = [(4, ["v", "7", "0"]), (9, ["v", cell, "0"])]
    columns, (problem,) = convert_rows("a.csv", KINDS, rows)
    assert columns["line"].tolist() == [4]
    assert (problem.line, problem.file) == (9, "a.csv")
    assert problem.rule == f"frame {cell!r} is not an integer"
    assert "video_id,frame,x1" in problem.fix


def test_header_is_known_by_its_first_cells() -> None:
    lines = ["", " Video_ID ,x,y", "a,1,2", "video_id,1,2"]
    assert list(numbered_rows(lines, ("video_id",))) == [
        [(3, ["a", "1", "2"]), (4, ["video_id", "1", "2"])]
    ]
    assert sum(map(len, numbered_rows(lines, ("video_id", "frame")))) == 3
