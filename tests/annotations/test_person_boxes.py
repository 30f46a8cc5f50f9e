from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.person_boxes import (
    PersonBoxes,
    read_person_boxes,
    write_person_boxes,
)

PEOPLE = PersonBoxes(
    np.array(["a", "b", "a"], object),
    np.array([3, 3, 3]),
    np.array([[0, 0, 0.5, 1], [0, 0, 1, 1], [0.25, 0, 0.5, 1]], np.float32),
    np.array([0.5, 1.0, 0.25], np.float32),
)


def test_people_of_a_frame_are_found_in_their_order() -> None:
    boxes, scores = PEOPLE.of("a", 3)
    assert boxes.tolist() == [[0, 0, 0.5, 1], [0.25, 0, 0.5, 1]]
    assert scores.tolist() == [0.5, 0.25]
    for key in (("a", 4), ("c", 3)):
        boxes, scores = PEOPLE.of(*key)
        assert boxes.shape == (0, 4)
        assert scores.shape == (0,)


def test_file_gives_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    write_person_boxes(PEOPLE, path)
    assert path.read_text().splitlines()[:2] == [
        "video_id,frame,x1,y1,x2,y2,score",
        "a,3,0.000000,0.000000,0.500000,1.000000,0.500000",
    ]
    back = read_person_boxes(path)
    assert back.video_ids.tolist() == PEOPLE.video_ids.tolist()
    for name in ("frames", "boxes", "scores"):
        np.testing.assert_array_equal(getattr(back, name), getattr(PEOPLE, name))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,1,0.1,0.1,0.5", "line 1: 5 columns instead of 7"),
        ("a,1.5,0.1,0.1,0.5,0.5,1", "frame '1.5' is not an integer"),
        ("a,1,0.5,0.1,0.1,0.5,1", r"line 1: box \[0.5.*is not x1 < x2"),
        ("a,1,0.1,0.1,50,50,1", r"line 1: box .*in \[0, 1\]"),
        ("a,1,0.1,0.1,0.5,0.5,7", r"line 1: score 7 is not in \[0, 1\]"),
    ],
)
def test_faulty_rows_are_named(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(row + "\n")
    with pytest.raises(ValueError, match=message):
        read_person_boxes(path)


def test_a_missing_file_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"ava\.py --proposals writes it"):
        read_person_boxes(tmp_path / "people.csv")
