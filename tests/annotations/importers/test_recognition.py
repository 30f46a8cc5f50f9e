import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.importers import FORMATS
from stal_plugin.annotations.importers.recognition import (
    TITLES,
    recognised_format,
    sources_of,
)

COCO: dict[str, Any] = {"images": [], "annotations": [], "categories": []}
VIA = {"metadata": {}, "attribute": {}, "file": {}, "view": {}}


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("<?xml version='1.0'?>\n<annotations><version>", "cvat"),
        ("<annotation><folder>VOC</folder></annotation>", "voc"),
        ("<annotation/>", "voc"),
        ("<rss><channel/></rss>", None),
        (json.dumps(COCO), "coco"),
        (json.dumps(VIA), "via"),
        (json.dumps({"shapes": [], "imagePath": "a.jpg"}), "labelme"),
        ("video,902,0.1,0.2,0.3,0.4,12,0\n", "ava"),
        ("video;902;0,1;0,2;0,3;0,4;12\n", "ava"),
        ("video_id,timestamp,x1,y1,x2,y2,action_id\nv,902,0.1,0.2,0.3,0.4,12\n", "ava"),
        ("a,b\n1,2\n", None),
        ('{"images": [', None),
        (b"MATLAB 5.0 MAT-file, Platform", "ucf24"),
        (pickle.dumps({"gttubes": {}, "labels": []}), "tubes"),
        (
            pickle.dumps({"gttubes": {}, "labels": ["aerobic push up"]}),
            "multisports",
        ),
        (pickle.dumps([1, 2]), None),
        ("", None),
        (b"\xff\xfe\x00", None),
    ],
)
def test_by_content(tmp_path: Path, content: str | bytes, form: str | None) -> None:
    path = tmp_path / "export.dat"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert recognised_format(path) == form


def test_every_format_has_a_title() -> None:
    assert set(TITLES) == set(FORMATS)


def test_folders_of_small_files(tmp_path: Path) -> None:
    labelme, ucf24 = tmp_path / "labelme", tmp_path / "ucf24"
    (labelme / "v").mkdir(parents=True)
    (labelme / "v/1.json").write_text(json.dumps({"shapes": [], "imageHeight": 3}))
    (labelme / "v/._1.json").write_text("x")
    (ucf24 / "run/v").mkdir(parents=True)
    (ucf24 / "run/v/00001.txt").write_text("1 20 20 40 40\n")
    assert recognised_format(labelme) == "labelme"
    assert recognised_format(ucf24) == "ucf24"
    assert sources_of([labelme], "auto") == ("labelme", [labelme])
    voc = tmp_path / "voc"
    (voc / "Annotations").mkdir(parents=True)
    (voc / "Annotations/v_1.xml").write_text("<annotation verified='yes'/>")
    assert sources_of([voc], "auto") == ("voc", [voc])
    with pytest.raises(ValueError, match=r"a folder of Pascal VOC's xml .*--from voc"):
        sources_of([voc], "cvat")


def test_files_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for name in ("b.xml", "a.xml"):
        (folder / name).write_text("<annotations></annotations>")
    (folder / "notes.txt").write_text("mine")
    (folder / "._a.xml").write_text("<annotations></annotations>")
    expected = [folder / "a.xml", folder / "b.xml"]
    assert sources_of([folder], "auto") == ("cvat", expected)
    assert sources_of([folder], "cvat") == ("cvat", expected)
    with pytest.raises(FileNotFoundError, match="has no file of a known format"):
        sources_of([folder], "coco")
    (folder / "c.json").write_text(json.dumps(COCO))
    assert sources_of([folder], "cvat") == ("cvat", expected)
    with pytest.raises(ValueError, match=r"of several formats .*a COCO json"):
        sources_of([folder], "auto")


def test_another_format_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(COCO))
    with pytest.raises(ValueError, match=r"a\.json: this is a COCO json: --from coco"):
        sources_of([path], "via")
    path.write_text("{}")
    assert sources_of([path], "via") == ("via", [path])  # its reader says what is wrong
    with pytest.raises(ValueError, match="is none of a CVAT export, a COCO json"):
        sources_of([path], "auto")
    with pytest.raises(FileNotFoundError, match="there is no"):
        sources_of([tmp_path / "none"], "auto")


def test_a_format_without_a_way_to_recognise_it_is_taken_at_its_word(
    tmp_path: Path,
) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text("video,frame,x,y,width,height,action,person\nv1,7,1,2,3,4,wipe,4\n")
    assert sources_of([path], "my_format") == ("my_format", [path])
