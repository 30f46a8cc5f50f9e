import json
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.import_options import ActionRule
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
    assert boxes.rows.boxes.tolist() == [[10, 20, 30, 40], [1, 1, 5, 9]]
    assert boxes.rows.frames.tolist() == [1, 1]
    assert boxes.track_names.tolist() == ["4", ""]
    assert boxes.rows.origins[1] == "kitchen/00001.json, shapes[1]"
    assert boxes.left_out["shapes that are no rectangle"] == 1
    assert boxes.base is None


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
    with pytest.raises(ValueError, match=r"are \(32, 48\), those of the video's"):
        read_labelme(tmp_path, ActionRule())
