import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stal_plugin.annotations import (
    Annotation,
    VideoInfo,
    csv_columns,
    read_annotation,
    write_annotation,
)
from stal_plugin.annotations.names import video_problem
from stal_plugin.structures.box_table import BoxTable

ARRAYS = ("video_ids", "frames", "boxes", "labels", "person_ids")


def _equal(first: Annotation, second: Annotation) -> None:
    assert first.videos == second.videos
    assert list(first.videos) == list(second.videos)
    for name in ("classes", "mirrored_classes", "synthetic", "note"):
        assert getattr(first, name) == getattr(second, name)
    for name in ARRAYS:
        column = getattr(first.rows, name)
        assert column.tolist() == getattr(second.rows, name).tolist()


def test_round_trip_and_text(annotation: Annotation, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "annotations.csv"
    write_annotation(annotation, path)
    lines = path.read_text().splitlines()
    assert lines[0] == "video_id,frame,x1,y1,x2,y2,action_id,person_id"
    assert lines[1] == "b/x (1),1,0.100000,0.200000,0.300000,0.400000,1,0"
    assert lines[-1] == '"a,1",15,0.250000,0.500000,0.500000,1.000000,1,4'
    _equal(read_annotation(path), annotation)
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "annotations.csv",
        "annotations.json",
    ]


def test_rows_are_sorted_and_input_is_kept(
    annotation: Annotation, tmp_path: Path
) -> None:
    order = np.array([6, 2, 3, 0, 4, 5, 1])
    shuffled = replace(annotation, rows=annotation.rows.take(order))
    write_annotation(shuffled, tmp_path / "a.csv")
    back = read_annotation(tmp_path / "a.csv").rows
    assert back.video_ids.tolist() == annotation.rows.video_ids.tolist()
    assert back.frames.tolist() == annotation.rows.frames.tolist()
    assert back.person_ids.tolist() == [0, 1, 1, 0, 0, 4, 4]  # stable
    assert shuffled.rows.frames.tolist() == annotation.rows.frames[order].tolist()


def test_without_header_with_blank_lines_and_own_json(
    annotation: Annotation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_annotation(annotation, tmp_path / "a.csv")
    rows = (tmp_path / "a.csv").read_text().splitlines()[1:]
    (tmp_path / "b.csv").write_text("\n\n".join(rows), encoding="utf-8-sig")
    monkeypatch.setattr(csv_columns, "_CHUNK", 2)
    _equal(read_annotation(tmp_path / "b.csv", tmp_path / "a.json"), annotation)


def test_file_without_rows(annotation: Annotation, tmp_path: Path) -> None:
    empty = Annotation(annotation.classes, annotation.videos)
    write_annotation(empty, tmp_path / "a.csv")
    _equal(read_annotation(tmp_path / "a.csv"), empty)
    (tmp_path / "a.csv").write_text("")
    assert read_annotation(tmp_path / "a.csv").rows.boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('"a,1",3,0.1,0.1,0.2,0.2,1', "line 9: 7 columns instead of 8"),
        ('"a,1",x,0.1,0.1,0.2,0.2,1,0', "line 9: frame 'x' is not an integer"),
        ('"a,1",3.5,0.1,0.1,0.2,0.2,1,0', "line 9: frame '3.5' is not an integer"),
        ('"a,1",3,0.1,?,0.2,0.2,1,0', "line 9: y1 '\\?' is not a number"),
        ('"a,1",21,0.1,0.1,0.2,0.2,1,0', "line 9: frame 21 of 'a,1' is not in 1..20"),
        ('"a,1",3,0.1,0.1,9,0.2,1,0', r"line 9: box \[0.1, 0.1, 9.0, 0.2\] is not"),
        ('"a,1",3,0.1,0.1,0.2,0.2,7,0', "line 9: action_id 7 is not in 1..3"),
        ('"a,1",3,0.1,0.1,0.2,0.2,1,' + "9" * 30, "line 9: person_id '9{30}' is not"),
        ('"a,1",15,0.25,0.5,0.5,1,1,4', "line 9: the row .* is there twice"),
        ("zz,3,0.1,0.1,0.2,0.2,1,0", "line 9: video_id 'zz' is not in"),
    ],
)
def test_faults_are_named_with_their_line(
    annotation: Annotation, tmp_path: Path, line: str, text: str
) -> None:
    path = tmp_path / "a.csv"
    write_annotation(annotation, path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ValueError, match=text) as caught:
        read_annotation(path)
    assert str(path) in str(caught.value)


def test_many_faults_give_one_error(annotation: Annotation, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_annotation(annotation, path)
    path.write_text(path.read_text().replace("b/x (1)", "gone") + "gone,1,0,0,1,1,1,9")
    with pytest.raises(ValueError, match=r"a\.csv: 5 problem"):
        read_annotation(path)


def test_missing_file_names_both_ways_to_get_it(
    annotation: Annotation, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        read_annotation(tmp_path / "a.csv")
    for text in (str(tmp_path / "a.csv"), "dataset_converters/agot.py", "make standin"):
        assert text in str(caught.value)
    write_annotation(annotation, tmp_path / "a.csv")
    (tmp_path / "a.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.json is missing"):
        read_annotation(tmp_path / "a.csv")


def test_a_faulty_annotation_replaces_nothing(
    annotation: Annotation, tmp_path: Path
) -> None:
    write_annotation(annotation, tmp_path / "a.csv")
    before = (tmp_path / "a.csv").read_text()
    annotation.rows.frames[3] = 0
    with pytest.raises(ValueError, match=r"row 3: frame 0 .*\n.*Nothing was written"):
        write_annotation(annotation, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == before


_TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=6)
_NAMES = _TEXTS.filter(lambda name: not video_problem(name))
_SIDE = st.tuples(st.integers(0, 998_000), st.integers(1, 1000))


@st.composite
def _annotations(draw: st.DrawFn) -> Annotation:
    names = draw(st.lists(_NAMES, min_size=1, max_size=3, unique=True))
    videos = {n: VideoInfo(f"{n}.mp4", 25.0, 8, 8, 50, "s", "train") for n in names}
    row = st.tuples(
        st.sampled_from(names),
        st.integers(1, 50),
        _SIDE,
        _SIDE,
        st.integers(1, 2),
        st.integers(-1, 9),
    )
    rows = draw(st.lists(row, max_size=12, unique=True))
    rows.sort(key=lambda r: (names.index(r[0]), r[1]))
    boxes = [(x, y, x + w, y + h) for _, _, (x, w), (y, h), _, _ in rows]
    return Annotation(
        ["a", "b"],
        videos,
        rows=BoxTable(
            frames=np.array([r[1] for r in rows], dtype=np.int64),
            boxes=np.array(boxes, dtype=np.float64).reshape(-1, 4) / 1e6,
            labels=np.array([r[4] for r in rows], dtype=np.int64) - 1,
            video_ids=np.array([r[0] for r in rows], dtype=object),
            person_ids=np.array([r[5] for r in rows], dtype=np.int64),
        ),
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_annotations())
def test_any_annotation_survives(tmp_path: Path, random: Annotation) -> None:
    write_annotation(random, tmp_path / "a.csv")
    _equal(read_annotation(tmp_path / "a.csv"), random)


def test_formats_and_video_import_no_framework() -> None:
    # An empty parent package: stal_plugin.datasets itself registers the data sets.
    code = (
        "import sys, types\n"
        "import stal_plugin\n"
        "parent = types.ModuleType('stal_plugin.datasets')\n"
        "parent.__path__ = [stal_plugin.__path__[0] + '/datasets']\n"
        "sys.modules['stal_plugin.datasets'] = parent\n"
        "import stal_plugin.annotations, stal_plugin.video\n"
        "print([m for m in ('torch', 'mmcv', 'mmdet', 'mmaction') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
