from pathlib import Path

import pytest

from stal_plugin.annotations.importers.contradictions import undecided_frames
from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.voc import read_voc


def _object(label: str, box: tuple | None, more: str = "") -> str:
    names = ("xmin", "ymin", "xmax", "ymax")
    corners = zip(names, box, strict=True) if box else ()
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in corners)
    inner = f"<bndbox>{inner}</bndbox>" if box else ""
    return f"<object><name>{label}</name>{more}{inner}</object>\n"


def _write(path: Path, *objects: str, image: str = "", width: int = 64) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"<annotation>\n<filename>{image}</filename>\n<size><width>{width}</width>"
        f"<height>48</height><depth>3</depth></size>\n{''.join(objects)}</annotation>"
    )


def test_labelimg_and_imagenet_vid(tmp_path: Path) -> None:
    """Whole and broken pixels, parts of an object, tracks."""
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    track = "<trackid>3</trackid><occluded>0</occluded>"
    _write(
        tmp_path / "Annotations/train/kitchen/000002.xml",
        _object("wipe", (10, 20, 30, 40), part),
        _object("roll", (1.5, 2, 3, 4.25), track),
        image="000002",
    )
    _write(tmp_path / "Annotations/train/kitchen/000003.xml", image="000003.JPEG")
    boxes = read_voc(tmp_path, ActionRule())
    assert boxes.sizes == {"kitchen": (64, 48)}
    assert boxes.listed == {"kitchen": [2, 3]}
    assert boxes.actions.tolist() == ["wipe", "roll"]
    assert boxes.rows.boxes.tolist() == [[10, 20, 30, 40], [1.5, 2, 3, 4.25]]
    assert boxes.track_names.tolist() == ["", "3"]
    place = "Annotations/train/kitchen/000002.xml, line 4"
    assert boxes.rows.origins[0] == place
    assert boxes.base is None
    assert boxes.sparse


def test_attributes_of_cvat(tmp_path: Path) -> None:
    pairs = {"action": "wave", "track_id": "7"}
    inner = "".join(
        f"<attribute><name>{key}</name><value>{value}</value></attribute>"
        for key, value in pairs.items()
    )
    more = f"<attributes>{inner}</attributes>"
    _write(tmp_path / "frame_000012.xml", _object("person", (1, 2, 3, 4), more))
    boxes = read_voc(tmp_path, ActionRule(("action",)))
    assert boxes.actions.tolist() == ["wave"]
    assert boxes.track_names.tolist() == ["7"]
    assert boxes.listed == {"": [12]}
    by_name = read_voc(tmp_path, ActionRule(track="action"))
    assert by_name.track_names.tolist() == ["wave"]


def test_numbers_of_files_and_of_their_images(tmp_path: Path) -> None:
    _write(tmp_path / "kitchen/00003.xml", image="kitchen_00007.jpg")
    boxes = read_voc(tmp_path, ActionRule())
    told = undecided_frames(boxes, ImportOptions())
    assert "kitchen: frame 3 has an image that is called 7" in told[0]
    _write(tmp_path / "kitchen/00003.xml", image="kitchen_00003.jpg")
    assert not undecided_frames(read_voc(tmp_path, ActionRule()), ImportOptions())


def test_pictures_that_roboflow_took(tmp_path: Path) -> None:
    _write(tmp_path / "train/kitchen_mp4-12_jpg.rf.0a1b.xml")
    boxes = read_voc(tmp_path, ActionRule())
    assert boxes.sampled == {"kitchen"}
    assert "--sampled-fps 5" in undecided_frames(boxes, ImportOptions())[0]


def test_an_object_without_a_box_is_counted(tmp_path: Path) -> None:
    _write(tmp_path / "a_1.xml", _object("x", None), _object("y", (1, 1, 2, 2)))
    boxes = read_voc(tmp_path / "a_1.xml", ActionRule())
    assert boxes.actions.tolist() == ["y"]
    reason = "objects without bndbox, left out (the first: a_1.xml, line 4)"
    assert boxes.left_out[reason] == 1
    assert boxes.listed == {"a": [1]}


def test_all_faults_in_one_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .* with \.xml files"):
        read_voc(tmp_path, ActionRule())
    _write(tmp_path / "a_1.xml", _object("x", (1, 2, "many", 4)), width=32)
    _write(tmp_path / "a_2.xml")
    _write(tmp_path / "a_02.xml")
    (tmp_path / "a_3.xml").write_text("<annotation><object>")
    (tmp_path / "noframe.xml").write_text("<annotation/>")
    (tmp_path / "a_4.xml").write_text("<annotations/>")
    with pytest.raises(ValueError, match="problem") as caught:
        read_voc(tmp_path, ActionRule())
    text = str(caught.value)
    assert "6 problem(s)" in text
    assert "a_1.xml, line 4: xmax is 'many', must be a number" in text
    assert "a_02.xml and a_2.xml are both frame 2 of a" in text
    assert "a_3.xml is no complete XML file" in text
    assert "a_4.xml, line 1: the file starts with <annotations>, a file of" in text
    assert "a_1.xml: the image's size is (32, 48), that of the video's other" in text
