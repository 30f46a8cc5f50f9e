import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.importers.via import read_via


def _data() -> dict[str, Any]:
    options = {"0": "walk", "1": "talk"}
    return {
        "attribute": {
            "1": {"aname": "action", "type": 2, "options": options},
            "2": {"aname": "person", "type": 1, "options": {}},
        },
        "file": {"1": {"fid": "1", "fname": "a.mp4", "type": 4}},
        "view": {"1": {"fid_list": ["1"]}},
        "metadata": {
            "1_x": {
                "vid": "1",
                "z": [0.04],
                "xy": [2, 10, 20, 30, 40],
                "av": {"1": "0,1", "2": "5"},
            },
            "1_y": {"vid": "1", "z": [1, 2], "xy": [], "av": {"1": "0"}},
            "1_z": {"vid": "1", "z": [1], "xy": [1, 5, 5], "av": {}},
            "1_w": {"vid": "1", "z": [1], "xy": [2, 1, 1, 1, 1], "av": {"1": ""}},
        },
    }


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., ToolBoxes]:
    def run(data: Any, *rule: Any) -> ToolBoxes:
        (tmp_path / "v.json").write_text(json.dumps(data))
        return read_via(tmp_path / "v.json", ActionRule(*rule))

    return run


def test_checkbox_gives_several_actions(read: Callable) -> None:
    boxes = read(_data(), ("action",), (), "person")
    assert boxes.seconds
    assert boxes.rows.frames.tolist() == [0.04, 0.04]
    assert boxes.actions.tolist() == ["walk", "talk"]
    assert boxes.track_names.tolist() == ["5", "5"]
    assert boxes.rows.boxes.tolist() == [[10, 20, 40, 60]] * 2
    assert boxes.rows.origins[0] == "metadata.1_x"
    assert {k: v for k, v in boxes.left_out.items() if v} == {
        "time segments without a box": 1,
        "boxes and shapes without area, left out (the first: metadata.1_z)": 1,
        "boxes without an action": 1,
    }


def test_the_only_attribute_is_the_action(read: Callable) -> None:
    with pytest.raises(ValueError, match=r"attributes are \['action', 'person'\]"):
        read(_data())
    data = _data()
    del data["attribute"]["2"]
    assert read(data).actions.tolist() == ["walk", "talk"]


def test_images(read: Callable) -> None:
    data = _data()
    data["file"]["1"] = {"fname": "clip/img_00007.jpg", "type": 2}
    boxes = read(data, ("action",))
    assert boxes.sizes == {"clip": None}
    assert boxes.rows.frames.tolist() == [7, 7]
    assert not boxes.seconds


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("metadata", "1_x", "z"), [1, 2], r"metadata\.1_x\.z .* one time"),
        (("metadata", "1_x", "vid"), "9", "must be one of the views"),
        (("view", "1", "fid_list"), [], "must be a list of one file"),
        (("file", "1", "type"), 2, r"fname is 'a\.mp4', must be VIDEO/00001"),
        (("metadata", "1_x", "xy"), "q", "xy is 'q', must be a list"),
        (("attribute",), [], "attribute is .* must be an object"),
    ],
)
def test_faults(read: Callable, path: tuple, value: Any, message: str) -> None:
    data = _data()
    node = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(ValueError, match=message):
        read(data, ("action",))


def test_two_images_of_one_frame(read: Callable) -> None:
    data = _data()
    data["file"] = {
        "1": {"fname": "clip_7.jpg", "type": 2},
        "2": {"fname": "clip-07.png", "type": 2},
    }
    data["view"] = {key: {"fid_list": [key]} for key in "12"}
    first, *_, last = data["metadata"].values()
    data["metadata"] = {"a": {**first, "vid": "1"}, "b": {**last, "vid": "2"}}
    data["metadata"]["b"]["xy"] = [2, 1, 1, 20, 20]
    with pytest.raises(
        ValueError, match=r"clip_7\.jpg and clip-07\.png are both frame 7"
    ):
        read(data, ("action",))


@pytest.mark.parametrize(
    ("shape", "box", "name"),
    [
        ([3, 20, 30, 5], [15, 25, 25, 35], "circle"),
        ([4, 20, 30, 5, 10], [15, 20, 25, 40], "ellipse"),
        ([5, 9, 2, 1, 8], [1, 2, 9, 8], "line"),
        ([6, 1, 2, 9, 4, 5, 8], [1, 2, 9, 8], "polyline"),
        ([7, 1, 2, 9, 4, 5, 8], [1, 2, 9, 8], "polygon"),
        ([8, 1, 5, 4, 2, 9, 6, 5, 8], [1, 2, 9, 8], ""),
        ([9, 5, 0, 10, 5, 0, 5], [0, 0, 10, 10], "extreme circle"),
    ],
)
def test_shapes_become_their_extent(
    read: Callable, shape: list, box: list, name: str
) -> None:
    data = _data()
    data["metadata"]["1_x"]["xy"] = shape
    boxes = read(data, ("action",))
    assert boxes.rows.boxes.tolist() == [pytest.approx(box)] * 2
    told = [text for text, n in boxes.left_out.items() if n and "extent" in text]
    assert told == [f"shapes {name!r}, taken by their extent"] * bool(name)


def test_all_faults_are_told(read: Callable) -> None:
    data = _data()
    items = data["metadata"]
    first = items["1_x"]
    items["a"] = {**first, "xy": [3, 1, 2]}
    items["b"] = {**first, "xy": [12, 1, 2]}
    items["c"] = {**first, "xy": [7, 1, 2, 3, 4, 5]}
    items["d"] = {**first, "vid": "9"}
    with pytest.raises(ValueError, match="4 problem") as caught:
        read(data, ("action",))
    for text in (
        "metadata.a.xy is [3.0, 1.0, 2.0], must be [3, ...] with 3 numbers, for a cir",
        "metadata.b.xy is [12.0, 1.0, 2.0], must be a list that starts with one of 1 p",
        "[7, ...] with x, y, x, y, ..., for a polygon",
        "metadata.d.vid is '9', must be one of the views",
    ):
        assert text in str(caught.value)
