from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.validation.csv_rows import read_csv_rows, row_text


def test_good_rows_with_and_without_header(write: Callable, good_lines: list) -> None:
    path = write(good_lines)
    rows, problems = read_csv_rows(path)
    assert problems == []
    assert rows.origins.tolist() == [2, 3, 4, 5, 6, 7]
    assert rows.video_ids[3] == "b's"
    np.testing.assert_array_equal(rows.boxes[0], [0.1, 0.2, 0.5, 0.8])
    assert row_text(rows, 1) == "a,21,0.1,0.2,0.5,0.8,2,0"
    assert rows.take(rows.frames == 22).origins.tolist() == [4, 7]
    path.write_text("\n\n".join(good_lines))
    assert read_csv_rows(path)[0].origins.tolist() == [1, 3, 5, 7, 9, 11]


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
    rows, (problem,) = read_csv_rows(write(["a,1,0,0,1,1,1,0", line]))
    assert len(rows) == 1
    assert (problem.kind, problem.line, problem.value) == (kind, 3, line)


def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,\xff\xfe")
    rows, (problem,) = read_csv_rows(tmp_path / "a.csv")
    assert len(rows) == 0
    assert problem.kind == "unreadable file"
