from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stal_plugin.annotations import Annotation, read_annotation
from stal_plugin.annotations.validation.validate import summary, validate


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


def test_ten_thousand_problems_are_summarised(write: Callable) -> None:
    lines = [f"a,{i % 40 + 1},0.1,0.2,0.5,0.{i},7,0" for i in range(30_000, 40_000)]
    lines[77] = "b,1,0.1,0.2,0.5,0.8,1,0"
    found = validate(write(lines), decode=False)
    text = summary(found.problems, shown=2)
    assert text[:4] == [
        "error: unknown label (9999)",
        "  annotations.csv:2: a,1,0.1,0.2,0.5,0.3,7,0. action_id is in 1..2, the place "
        "in the json's classes",
        "  annotations.csv:3: a,2,0.1,0.2,0.5,0.30001,7,0. action_id is in 1..2, the "
        "place in the json's classes",
        "  ... and 9997 more",
    ]
    assert "error: unknown video (1)" in text
    assert "  annotations.csv:79: b,1,0.1,0.2,0.5,0.8,1,0. Add the video" in "\n".join(
        text
    )
    assert len(text) < 30


def test_a_box_on_an_unlabelled_frame(
    write: Callable, good_lines: list, header: Annotation
) -> None:
    videos = {k: replace(v, labelled=((20, 21),)) for k, v in header.videos.items()}
    path = write(good_lines, replace(header, videos=videos))
    found = [p for p in validate(path, decode=False).errors]
    assert {(p.kind, p.line) for p in found} == {
        ("box on an unlabelled frame", 4),
        ("box on an unlabelled frame", 7),
    }
    with pytest.raises(
        ValueError, match="line 4: frame 22 of 'a' is not in the json's"
    ):
        read_annotation(path)


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
