from pathlib import Path

import pytest

from stal_plugin.annotations.importers.ava import (
    read_ava_timestamps,
    unit_of_header,
)

LABELS = {1: "walk", 12: "stand"}


def test_rows_labels_and_empty_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "video_id,timestamp,x1,y1,x2,y2,action_id,person_id\n"
        "k,0902,0.1,0.2,0.3,0.4,12,0\nk,903.5,0.1,0.2,0.3,0.4,1,-1\nm,904,,,,,,\n"
    )
    boxes = read_ava_timestamps(path, LABELS)
    assert boxes.sizes == {"k": None, "m": None}
    assert boxes.listed == {"k": [902, 903.5], "m": [904]}
    assert boxes.rows.frames.tolist() == [902, 903.5]
    assert boxes.actions.tolist() == ["stand", "walk"]
    assert boxes.classes == ["walk", "stand"]
    assert boxes.track_names.tolist() == ["0", ""]
    assert boxes.rows.origins.tolist() == ["line 2", "line 3"]
    assert boxes.normalized
    assert read_ava_timestamps(path, None).classes == ["1", "12"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("k,1,0,0,1,1", "line 1: 6 columns"),
        ("k,one,0,0,1,1,1", "line 1: timestamp 'one' is not a number"),
        ("k,1,0,0,nan,1,1", "line 1: x2 nan is not finite"),
        ("k,nan,,,,,,", "line 1: timestamp nan is not finite"),
        ("k,1,0,0,1,1,", "line 1: action_id is empty: write the .*or write -1 if nobo"),
        ("k,1,0,0,1,1, ,5", "line 1: action_id is empty: write the number"),
        ("k;1;0;0;1;1;7", "separated by semicolons: save it again with commas betw"),
        ("k;1;0,1;0,1;0,9;0,9;7", "separated by semicolons"),
        ("k\t1\t0\t0\t1\t1\t7", "separated by tabs"),
        ("k,1,0,0,1,1,7", "line 1: action_id 7 is not in the list of labels"),
    ],
)
def test_faults(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(line + "\n")
    with pytest.raises(ValueError, match=message):
        read_ava_timestamps(path, LABELS)


def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xff\x00")
    with pytest.raises(ValueError, match="is no csv in UTF-8"):
        read_ava_timestamps(path, None)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_ava_timestamps(tmp_path / "none.csv", None)


def test_scores_of_predicted_boxes_are_no_persons(tmp_path: Path) -> None:
    """SlowFast's boxes: the eighth column is the detector's score."""
    path = tmp_path / "predicted.csv"
    path.write_text("v,902,0.1,0.2,0.3,0.4,12,0.996\nv,902,0.5,0.2,0.7,0.4,12,0.91\n")
    boxes = read_ava_timestamps(path, None)
    assert boxes.track_names.tolist() == ["", ""]
    assert boxes.actions.tolist() == ["12", "12"]


def test_boxes_that_nobody_labelled(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("k,902,0.1,0.2,0.3,0.4,-1,0.9\nk,902,0.1,0.2,0.3,0.4,12,0.9\n")
    for labels in (LABELS, None):
        boxes = read_ava_timestamps(path, labels)
        assert boxes.rows.frames.tolist() == [902]
        assert boxes.left_out["boxes without an action (action_id -1)"] == 1
    assert boxes.classes == ["12"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("video_id,frame,x1,y1\n", "frames"),
        ("Video_ID, Frame_No ,x1\n", "frames"),
        ("video_id,seconds,x1\n", "seconds"),
        ("video_id,timestamp,x1\n", None),
        ("frame,902,0.1\n", None),
        ("", None),
    ],
)
def test_unit_of_the_header(tmp_path: Path, text: str, unit: str | None) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert unit_of_header(path) == unit
