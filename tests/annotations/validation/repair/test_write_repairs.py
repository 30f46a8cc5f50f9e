from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.annotation_files import read_rows
from stal_plugin.annotations.annotation_json import header_from_json
from stal_plugin.annotations.validation.repair import (
    write_changes,
    write_repaired_csv,
    write_repaired_json,
)


def test_only_repaired_lines_change(write: Callable, good_lines: list) -> None:
    lines = [good_lines[0], "not,a,row", *good_lines[1:3], good_lines[0]]
    path = write(lines)
    before = path.read_text()
    rows, _ = read_rows(path)
    after = rows.take(rows.origins != 6)
    after = replace(after, frames=after.frames + (after.origins == 4))
    changes = write_repaired_csv(path, rows, after)
    assert changes == [
        (4, "a,21,0.1,0.2,0.5,0.8,2,0", "a,22,0.100000,0.200000,0.500000,0.800000,2,0"),
        (6, "a,20,0.1,0.2,0.5,0.8,1,0", ""),
    ]
    expected = before.splitlines()
    expected[3] = changes[0][2]
    assert path.read_text().splitlines() == expected[:5]
    assert path.with_name("annotations.csv.bak").read_text() == before
    assert not list(path.parent.glob("*.part"))
    rows, _ = read_rows(path)
    write_repaired_csv(path, rows, rows.take(rows.origins < 3))
    assert path.with_name("annotations.csv.bak").read_text() == before
    assert path.with_name("annotations.csv.bak2").read_text().count("\n") == 5


def test_nothing_to_write(write: Callable, good_lines: list) -> None:
    path = write(good_lines)
    rows, _ = read_rows(path)
    assert write_repaired_csv(path, rows, rows) == []
    assert not list(path.parent.glob("*.bak"))


def test_json(write: Callable, good_lines: list, header: Annotation) -> None:
    path = write(good_lines).with_suffix(".json")
    assert write_repaired_json(path, header, header.videos) == []
    videos = {**header.videos, "a": replace(header.videos["a"], fps=30.0)}
    ((place, old, new),) = write_repaired_json(path, header, videos)
    assert place == "json"
    assert "fps=25.0" in old
    assert "fps=30.0" in new
    assert header_from_json(path).videos["a"].fps == 30
    assert (
        header_from_json(path.with_name("annotations.json.bak")).videos["a"].fps == 25
    )


def test_list_of_changes(tmp_path: Path) -> None:
    write_changes(tmp_path / "fixes.csv", [(4, "a,b", "c")])
    assert (tmp_path / "fixes.csv").read_text() == 'line,before,after\n4,"a,b",c\n'
