import json
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.contradictions import undecided_frames
from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.labelme import read_labelme


def _write(path: Path, *shapes: dict, **facts: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = {"imageWidth": 64, "imageHeight": 48}
    path.write_text(json.dumps({"shapes": list(shapes), **size, **facts}))


def test_a_folder_per_video(tmp_path: Path) -> None:
    drawn_backwards = {
        "label": "wipe",
        "points": [[30, 40], [10, 20]],
        "shape_type": "rectangle",
        "group_id": 4,
    }
    corners = {"label": "roll", "points": [[1, 1], [5, 1], [5, 9], [1, 9]]}
    polygon = {"label": "roll", "points": [[1, 1], [5, 1]], "shape_type": "polygon"}
    _write(tmp_path / "kitchen/00001.json", drawn_backwards, corners)
    _write(tmp_path / "kitchen/00003.json", polygon)
    boxes = read_labelme(tmp_path, ActionRule())
    assert boxes.sizes == {"kitchen": (64, 48)}
    assert boxes.rows.boxes.tolist() == [[10, 20, 30, 40], [1, 1, 5, 9], [1, 1, 5, 1]]
    assert boxes.rows.frames.tolist() == [1, 1, 3]
    assert boxes.track_names.tolist() == ["4", "", ""]
    assert boxes.rows.origins[1] == "kitchen/00001.json, shapes[1]"
    assert boxes.left_out["shapes 'polygon', taken by their extent"] == 1
    assert boxes.base is None


@pytest.mark.parametrize(
    ("kind", "points", "box"),
    [
        ("polygon", [[4, 9], [8, 2], [1, 5]], [1, 2, 8, 9]),
        ("rotation", [[10, 0], [20, 10], [10, 20], [0, 10]], [0, 0, 20, 20]),
        ("mask", [[3, 4], [30, 40]], [3, 4, 30, 40]),
        ("circle", [[20, 20], [23, 24]], [15, 15, 25, 25]),
    ],
)
def test_extent_of_shapes(tmp_path: Path, kind: str, points: list, box: list) -> None:
    _write(tmp_path / "a_1.json", {"label": "w", "points": points, "shape_type": kind})
    assert read_labelme(tmp_path, ActionRule()).rows.boxes.tolist() == [box]


def test_numbers_of_files_and_of_their_images(tmp_path: Path) -> None:
    """labelme repeats the image's path: a renamed json contradicts it."""
    _write(tmp_path / "kitchen/00003.json", imagePath="../frames/00007.jpg")
    boxes = read_labelme(tmp_path, ActionRule())
    assert boxes.named == {"kitchen": {3: 7}}
    told = undecided_frames(boxes, ImportOptions())
    assert "kitchen: frame 3 has an image that is called 7" in told[0]
    assert not undecided_frames(boxes, ImportOptions(frames_by="name"))
    _write(tmp_path / "kitchen/00003.json", imagePath="..\\frames\\00003.jpg")
    assert not undecided_frames(read_labelme(tmp_path, ActionRule()), ImportOptions())


def test_files_that_contradict_each_other(tmp_path: Path) -> None:
    """All of them are in one error."""
    _write(tmp_path / "a_3.json", imagePath="b_3.jpg")
    _write(tmp_path / "c/00004.json")
    _write(tmp_path / "c/frame_4.json")
    _write(tmp_path / "c/00005.json", {"label": "x"})
    with pytest.raises(ValueError, match="3 problem") as caught:
        read_labelme(tmp_path, ActionRule())
    text = str(caught.value)
    assert "a_3.json is of video 'a', its image 'b_3.jpg' of 'b'" in text
    assert "c/00004.json and c/frame_4.json are both frame 4 of c" in text
    assert "c/00005.json: shapes[0]: key 'points' is missing" in text


def test_one_file(tmp_path: Path) -> None:
    _write(tmp_path / "kitchen/00003.json", {"label": "w", "points": [[1, 1], [5, 9]]})
    boxes = read_labelme(tmp_path / "kitchen/00003.json", ActionRule())
    assert boxes.listed == {"kitchen": [3]}
    assert boxes.rows.origins.tolist() == ["kitchen/00003.json, shapes[0]"]


def test_flags_are_attributes(tmp_path: Path) -> None:
    shape = {
        "label": "person",
        "points": [[1, 1], [5, 9]],
        "flags": {"walk": True, "talk": True, "sit": False},
    }
    _write(tmp_path / "a_12.json", shape)
    boxes = read_labelme(tmp_path, ActionRule(("walk", "talk", "sit")))
    assert boxes.actions.tolist() == ["walk", "talk"]
    assert boxes.attributes == {"walk", "talk", "sit"}


def test_faults(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .* with \.json files"):
        read_labelme(tmp_path, ActionRule())
    _write(tmp_path / "noframe.json")
    with pytest.raises(ValueError, match=r"noframe\.json names no frame"):
        read_labelme(tmp_path, ActionRule())
    (tmp_path / "noframe.json").unlink()
    _write(tmp_path / "a_1.json", {"label": "x", "points": [[1, 2]]})
    with pytest.raises(ValueError, match=r"shapes\[0\]\.points is .* 2 or 4 points"):
        read_labelme(tmp_path, ActionRule())
    _write(tmp_path / "a_1.json")
    _write(tmp_path / "a_2.json", imageWidth=32)
    with pytest.raises(ValueError, match=r"a_2\.json: the image's size is \(32, 48\)"):
        read_labelme(tmp_path, ActionRule())
