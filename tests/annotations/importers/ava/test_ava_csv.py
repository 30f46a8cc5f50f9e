from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation, write_annotation
from stal_plugin.annotations.importers.ava import read_ava_csv

TRUTH = """\
-5KQ66BBWC4,0902,0.077,0.151,0.283,0.811,80,1
-5KQ66BBWC4,0902,0.077,0.151,0.283,0.811,9,1
-5KQ66BBWC4,0903,,,,,,
"a, b",1798,0,0,1,1,1,22
"""


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_truth_of_ava(tmp_path: Path) -> None:
    table = read_ava_csv(_write(tmp_path / "a.csv", TRUTH), predictions=False)
    assert table.rows.video_ids.tolist() == ["-5KQ66BBWC4"] * 2 + ["a, b"]
    assert table.rows.frames.tolist() == [902, 902, 1798]
    assert table.rows.boxes[0].tolist() == [0.077, 0.151, 0.283, 0.811]
    assert table.rows.labels.tolist() == [79, 8, 0]
    assert table.rows.person_ids.tolist() == [1, 1, 22]
    assert table.rows.scores.tolist() == [1, 1, 1]
    assert (table.listed_videos.tolist(), table.listed_frames.tolist()) == (
        ["-5KQ66BBWC4"],
        [903],
    )
    assert not table.in_pixels


def test_truth_without_persons(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "v,1,0,0,1,1,2\n")
    assert read_ava_csv(path, predictions=False).rows.person_ids.tolist() == [-1]


def test_predictions_of_ava_and_of_this_package(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "v,0902,0.1,0.2,0.3,0.4,12,0.75\n")
    table = read_ava_csv(path, predictions=True)
    assert (table.rows.scores.tolist(), table.rows.objectness.tolist()) == (
        [0.75],
        [0.75],
    )
    header = "video_id,frame,x1,y1,x2,y2,action_id,score,objectness\n"
    path = _write(tmp_path / "b.csv", f"{header}v,3,-0.1,0.2,1.3,0.4,12,0.75,0.9\n")
    table = read_ava_csv(path, predictions=True)
    assert (table.rows.scores.tolist(), table.rows.objectness.tolist()) == (
        [0.75],
        [0.9],
    )
    assert table.rows.boxes.tolist() == [[-0.1, 0.2, 1.3, 0.4]]


def test_annotations_of_this_package(annotation: Annotation, tmp_path: Path) -> None:
    write_annotation(annotation, tmp_path / "a.csv")
    table = read_ava_csv(tmp_path / "a.csv", predictions=False)
    assert sorted(table.rows.frames) == sorted(annotation.rows.frames)
    assert (table.rows.labels + 1).tolist() == (annotation.rows.labels + 1).tolist()
    np.testing.assert_allclose(table.rows.boxes, annotation.rows.boxes, atol=1e-6)


def test_empty_files(tmp_path: Path) -> None:
    assert len(read_ava_csv(_write(tmp_path / "a.csv", ""), predictions=True).rows) == 0
    only_empty = _write(tmp_path / "b.csv", "v,3,,,,,\nv,4\n")
    table = read_ava_csv(only_empty, predictions=False)
    assert (len(table.rows), table.listed_frames.tolist()) == (0, [3, 4])


@pytest.mark.parametrize(
    ("row", "predictions", "text"),
    [
        ("v,1,0,0,1", False, "line 2: 5 columns"),
        ("v,1,0,0,1,1,2", True, "line 2: 7 columns"),
        ("v,1.5,0,0,1,1,2,3", False, "line 2: timestamp '1.5' is not an integer"),
        ("v,1,0,0,1,1,0,3", False, "line 2: action_id 0 is below 1"),
        ("v,1,9,0,0.4,1,2,3", False, r"2: box \[9.0, 0.0, 0.4, 1.0\] is not x1 <= x2"),
        ("v,1,0,0,320,240,2,3", False, r"line 2: box \[0.0, .*\] looks like pixels"),
        ("v,1,0,0,1,1,2,nan", True, "line 2: score nan is not finite"),
        ("v,-1,0,0,1,1,2,0.5", True, "line 2: timestamp -1 is below 0"),
        ("v,1,0,nan,1,1,2,0.5", True, "line 2: y1 nan is not finite"),
    ],
)
def test_faults(row: str, predictions: bool, text: str, tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", f"v,1,0,0,1,1,2,1\n{row}\n")
    with pytest.raises(ValueError, match=text):
        read_ava_csv(path, predictions)


def test_a_column_that_only_some_rows_have(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "v,1,0,0,1,1,2,1\nv,1,0,0,1,1,2\n")
    with pytest.raises(ValueError, match="1 of 2 rows have a column person_id"):
        read_ava_csv(path, predictions=False)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_ava_csv(tmp_path / "a.csv", predictions=True)
