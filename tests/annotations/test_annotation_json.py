import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.annotation_json import header_from_json, header_json


def _change(data: dict[str, Any], keys: tuple, value: object) -> None:
    for key in keys[:-1]:
        data = data[key]
    data[keys[-1]] = value


def test_round_trip(annotation: Annotation, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(header_json(annotation), encoding="utf-8")
    back = header_from_json(path)
    pairs = ("mirrored_classes", "reversed_classes")
    for name in ("classes", "videos", *pairs, "synthetic", "note"):
        assert getattr(back, name) == getattr(annotation, name)
    assert len(back) == 0


def test_labelled_frames(annotation: Annotation, tmp_path: Path) -> None:
    video = annotation.videos["a,1"]
    annotation.videos["a,1"] = replace(video, labelled=((2, 4), (9, 9)))
    path = tmp_path / "a.json"
    path.write_text(header_json(annotation), encoding="utf-8")
    videos = json.loads(path.read_text("utf-8"))["videos"]
    assert videos.pop("a,1")["labelled"] == [[2, 4], 9]
    assert all("labelled" not in other for other in videos.values())
    assert header_from_json(path).videos == annotation.videos


def test_pairs_may_be_missing(annotation: Annotation, tmp_path: Path) -> None:
    data = json.loads(header_json(annotation))
    del data["mirrored_classes"], data["reversed_classes"]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    back = header_from_json(path)
    assert back.mirrored_classes == back.reversed_classes == []


@pytest.mark.parametrize(
    ("keys", "value", "text"),
    [
        (("format",), "AVA", "format is 'AVA', must be 'stal_plugin annotation v1'"),
        (("classes",), [], r"classes is \[\], must be a list"),
        (("classes",), ["wipe", "roll", "wipe"], r"classes \['wipe'\] are there twice"),
        (
            ("classes",),
            ["wipe", "roll", ""],
            r"classes\[2\] is '', must be a non-empty text",
        ),
        (("mirrored_classes",), [["wipe", "fly"]], "is not a pair of two classes"),
        (("mirrored_classes",), [["wipe", "wipe"]], "is not a pair of two classes"),
        (
            ("mirrored_classes",),
            [["wipe", "roll"], ["roll", "hand over"]],
            "class 'roll' is in two pairs of mirrored_classes",
        ),
        (("reversed_classes",), [["wipe"]], "reversed_classes .* is not a pair of two"),
        (("videos",), [], r"videos is \[\], must be an object"),
        (("videos", "a,1", "num_frames"), 0, "num_frames is 0, must be an integer"),
        (("videos", "a,1", "width"), 6.5, "width is 6.5, must be an integer"),
        (("videos", "a,1", "fps"), -1, "fps is -1, must be a number above 0"),
        (("videos", "a,1", "file"), "", "file is '', must be a non-empty text"),
        (("videos", "a,1", "labelled"), [21], "labelled 21 is no frame .* in 1..20"),
        (("videos", "a,1", "split"), "", "split is empty"),
        (
            ("videos", "a,1", "split"),
            {"t": [1, 99]},
            r"is \[1, 99\], must lie in 1..20",
        ),
        (("videos", "a,1", "split"), {"t": [5, 2]}, r"is \[5, 2\], must lie in 1..20"),
        (("videos", "a,1", "split"), {"t": [5]}, r"must be \[first, last\]"),
        (
            ("videos", "a,1", "split"),
            {"train": [1, 10], "test": [10, 20]},
            "splits 'test' and 'train' share frames",
        ),
    ],
)
def test_faults(
    annotation: Annotation, tmp_path: Path, keys: tuple, value: object, text: str
) -> None:
    data = json.loads(header_json(annotation))
    _change(data, keys, value)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match=text) as caught:
        header_from_json(path)
    assert "a.json" in str(caught.value)


def test_missing_keys_no_json_and_repeated_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"format": "stal_plugin annotation v1", "classes": ["a"]}')
    with pytest.raises(ValueError, match="key 'videos' is missing"):
        header_from_json(path)
    path.write_text('{"format":')
    with pytest.raises(ValueError, match=r"a\.json is no valid json"):
        header_from_json(path)
    path.write_text('{"videos": {"v": {}, "v": {}}}')
    with pytest.raises(ValueError, match=r"keys \['v'\] are there twice"):
        header_from_json(path)
    path.write_text("[]")
    with pytest.raises(ValueError, match="format is 'list'"):
        header_from_json(path)
