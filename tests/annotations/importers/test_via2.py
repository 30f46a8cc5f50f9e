import csv
import json
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.recognition import recognised_format
from stal_plugin.annotations.importers.via2 import read_via2, read_via3_csv

RECT = {"name": "rect", "x": 20, "y": 40, "width": 70, "height": 160}
POLYGON = {"name": "polygon", "all_points_x": [1, 9, 5], "all_points_y": [2, 4, 8]}


def _regions() -> list[dict[str, Any]]:
    return [
        {"shape_attributes": RECT, "region_attributes": {"action": "wave", "who": "7"}},
        {
            "shape_attributes": POLYGON,
            "region_attributes": {"action": {"sit": True, "talk": True, "run": False}},
        },
        {"shape_attributes": {"name": "point", "cx": 1, "cy": 1}},
    ]


@pytest.mark.parametrize("form", ["project", "json", "csv"])
def test_regions_of_via_2(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"via.{'csv' if form == 'csv' else 'json'}"
    images = {
        "a9": {"filename": "clip_000066.png", "size": 9, "regions": _regions()},
        "b9": {"filename": "clip_000067.png", "size": 9, "regions": []},
    }
    if form == "csv":
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                [
                    *("filename", "file_size", "file_attributes", "region_count"),
                    *("region_id", "region_shape_attributes", "region_attributes"),
                ]
            )
            for image in images.values():
                for i, region in enumerate(image["regions"] or [{}]):  # type: ignore[arg-type]
                    shape = json.dumps(region.get("shape_attributes", {}))
                    own = json.dumps(region.get("region_attributes", {}))
                    writer.writerow([image["filename"], 9, "{}", 3, i, shape, own])
    else:
        data = {"_via_img_metadata": images, "_via_settings": {}}
        path.write_text(json.dumps(data if form == "project" else images))
    assert recognised_format(path) == "via"
    with pytest.raises(ValueError, match=r"attributes are \['action', 'who'\]"):
        read_via2(path, ImportOptions())
    boxes = read_via2(path, ImportOptions(ActionRule(("action",), track="who")))
    assert boxes.actions.tolist() == ["wave", "sit", "talk"]
    assert boxes.rows.boxes.tolist() == [[20, 40, 90, 200], *[[1, 2, 9, 8]] * 2]
    assert boxes.track_names.tolist() == ["7", "", ""]
    assert set(boxes.listed["clip"]) == {66, 67}
    (flat,) = [reason for reason in boxes.left_out if "without area" in reason]
    assert flat.startswith("boxes and shapes without area, left out (the first: region")
    assert boxes.left_out[flat] == 1


def test_via_3_csv(tmp_path: Path) -> None:
    path = tmp_path / "via3.csv"
    header = "metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates"
    rows = [
        ["a", '["clip.mp4"]', "0", "[1.0]", "[2,20,40,70,160]", '{"1":"1"}'],
        ["b", '["clip.mp4"]', "0", "[1.0,2.0]", "[]", '{"1":"0"}'],
        ["c", '["clip.mp4"]', "0", "[2.0]", "[8,1,5,4,2,9,6,5,8]", '{"1":"1"}'],
        ["d", '["clip.mp4"]', "0", "[2.0]", "[1,4,2]", '{"1":"1"}'],
    ]
    with path.open("w", newline="") as file:
        file.write(f"# Exported using VIA\n# CSV_HEADER = {header},metadata\n")
        csv.writer(file).writerows(rows)
    assert recognised_format(path) == "via"
    boxes = read_via3_csv(path, ImportOptions())
    assert boxes.seconds
    assert boxes.played
    assert boxes.rows.frames.tolist() == [1.0, 2.0]
    assert boxes.rows.boxes.tolist() == [[20, 40, 90, 200], [1, 2, 9, 8]]
    assert sum(n for text, n in boxes.left_out.items() if "without area" in text) == 1
    assert boxes.classes == ["1"]
    labels = tmp_path / "labels.txt"
    labels.write_text("wave\n")
    assert read_via3_csv(path, ImportOptions(labels=labels)).classes == ["wave"]
    path.write_text(path.read_text() + "x,y\nz\n")
    with pytest.raises(ValueError, match=r"2 problem(.|\n)*row 5: 2 cells, must be 6"):
        read_via3_csv(path, ImportOptions())


@pytest.mark.parametrize(
    "data", [{"a": {"filename": "cover.png", "regions": [{}]}}, {"a": 1}]
)
def test_faults(tmp_path: Path, data: object) -> None:
    path = tmp_path / "via.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match=r"via\.json"):
        read_via2(path, ImportOptions(ActionRule(("action",))))


def test_two_images_of_one_frame(tmp_path: Path) -> None:
    region = {
        "shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4},
        "region_attributes": {"action": "wave"},
    }
    names = ("clip_3.jpg", "clip-0003.png")
    images = {name: {"filename": name, "regions": [region]} for name in names}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(images))
    with pytest.raises(ValueError, match=r"clip_3\.jpg and clip-0003\.png are both"):
        read_via2(path, ImportOptions())


def test_all_faults_are_told(tmp_path: Path) -> None:
    own = {"action": "wave"}
    regions = [
        {"shape_attributes": {**RECT, "x": "q"}, "region_attributes": own},
        {"shape_attributes": {"name": "circle"}, "region_attributes": own},
    ]
    images = {
        "a": {"filename": "clip_1.jpg", "regions": regions},
        "b": {"filename": "cover.png", "regions": [{}]},
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(images))
    with pytest.raises(ValueError, match="3 problem") as caught:
        read_via2(path, ImportOptions())
    for text in ("region 1 of clip_1.jpg", "region 2 of clip_1.jpg", "'cover.png'"):
        assert text in str(caught.value)


def test_all_faults_of_a_broken_structure(tmp_path: Path) -> None:
    """Also with those of the shapes in images that are whole."""
    own = {"shape_attributes": {**RECT, "x": "q"}, "region_attributes": {"action": "a"}}
    images = {
        "first": {"filename": "clip_1.jpg", "regions": [own]},
        "list": [],
        "bare": {"filename": "clip_2.jpg"},
        "number": {"filename": 3, "regions": {"0": {"shape_attributes": []}}},
        "text": {"filename": "clip_4.jpg", "regions": "none"},
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"_via_img_metadata": images}))
    with pytest.raises(ValueError, match="6 problem") as caught:
        read_via2(path, ImportOptions())
    assert caught.value.__cause__.texts == [
        "image 'list': is [], must be an object",
        "image 'bare': key 'regions' is missing",
        "image 'number': filename is 3, must be a text",
        "image 'number': regions[0].shape_attributes is [], must be an object",
        "image 'text': regions is 'none', must be a list",
        "region 1 of clip_1.jpg: "
        "ValueError(\"could not convert string to float: 'q'\")",
    ]
    # whatever comes first: it is known as VIA's, and its faults are told
    del images["first"]
    path.write_text(json.dumps({"broken": [], "good": {**images["text"]}}))
    assert recognised_format(path) == "via"
    with pytest.raises(ValueError, match="2 problem"):
        read_via2(path, ImportOptions())


def test_all_faults_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    header = "filename,file_size,file_attributes,region_count,region_id,"
    rows = ["clip_1.jpg,9,{},1,0,{,[]", "clip_2.jpg,9,{},1,0,5"]
    text = f"{header}region_shape_attributes,region_attributes\n"
    path.write_text(text + "\n".join(rows) + "\n")
    with pytest.raises(ValueError, match="3 problem") as caught:
        read_via2(path, ImportOptions())
    texts = caught.value.__cause__.texts
    assert texts[0].startswith("line 2, region_shape_attributes: Expecting property")
    assert texts[1] == "line 2, region_attributes: '[]' is no object {...}"
    assert texts[2] == "line 3, region_shape_attributes: '5' is no object {...}"
    path.write_text(header + "\nclip_1.jpg,9,{},1,0\n")
    with pytest.raises(ValueError, match="no region_attributes, region_shape_attrib"):
        read_via2(path, ImportOptions())
