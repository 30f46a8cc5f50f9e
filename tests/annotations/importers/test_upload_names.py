"""Label Studio's exports in other formats: names as it stores uploaded files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.importers import Imported, import_files
from stal_plugin.annotations.importers.video_library import (
    VideoLibrary,
    without_upload_mark,
)

MARKS = ("00ffee99-", "1a2b3c4d-")


@pytest.fixture
def library(tmp_path: Path, make_video: Callable) -> VideoLibrary:
    make_video(tmp_path / "in/clip.mp4", count=10)  # 96x64
    make_video(tmp_path / "in/other.mp4", count=10)
    return VideoLibrary(tmp_path / "in", tmp_path / "out")


def _yolo(root: Path, *names: str) -> Path:
    (root / "labels").mkdir(parents=True)
    (root / "classes.txt").write_text("wipe\n")
    for i, name in enumerate(names):
        (root / f"labels/{name}.txt").write_text(f"0 0.5 0.5 0.5 {0.25 + i / 4}\n")
    return root


def _voc(root: Path, *names: str) -> Path:
    (root / "Annotations").mkdir(parents=True)
    size = "<size><width>96</width><height>64</height></size>"
    for i, name in enumerate(names):
        box = f"<xmin>24</xmin><ymin>{24 - 8 * i}</ymin><xmax>72</xmax>"
        box += f"<ymax>{40 + 8 * i}</ymax>"
        item = f"<object><name>wipe</name><bndbox>{box}</bndbox></object>"
        text = f"<annotation><filename>{name}</filename>{size}{item}</annotation>"
        (root / f"Annotations/{name}.xml").write_text(text)
    return root


def _coco(root: Path, *names: str) -> Path:
    root.mkdir()
    images, boxes = [], []
    for i, name in enumerate(names):
        size = {"width": 96, "height": 64}
        images.append({"id": i, "file_name": f"images/{name}.jpg", **size})
        box = [24, 24 - 8 * i, 48, 16 + 16 * i]
        boxes.append({"image_id": i, "category_id": 0, "bbox": box})
    kinds = [{"id": 0, "name": "wipe"}]
    data = {"images": images, "categories": kinds, "annotations": boxes}
    (root / "result.json").write_text(json.dumps(data))
    return root / "result.json"


def _labelstudio(root: Path, *names: str) -> Path:
    root.mkdir()
    tasks = []
    for i, name in enumerate(names):
        extent = {"x": 25, "y": 37.5 - 12.5 * i, "width": 50, "height": 25 + 25 * i}
        region = {"id": "r", "value": {**extent, "rectanglelabels": ["wipe"]}}
        region |= {"original_width": 96, "original_height": 64}
        data = {"image": f"/data/upload/7/{name}.jpg"}
        tasks.append({"id": i, "data": data, "annotations": [{"result": [region]}]})
    (root / "project.json").write_text(json.dumps(tasks))
    return root / "project.json"


WRITERS = {"yolo": _yolo, "voc": _voc, "coco": _coco, "labelstudio": _labelstudio}


def _import(form: str, source: Path, library: VideoLibrary) -> Imported:
    return import_files(form, [source], library, ImportOptions())


@pytest.mark.parametrize("form", WRITERS)
def test_names_without_the_mark(
    form: str, library: VideoLibrary, tmp_path: Path
) -> None:
    names = [f"{mark}clip_0000{i}" for i, mark in enumerate(MARKS, start=3)]
    source = WRITERS[form](tmp_path / "export", *names)
    annotation, notes = _import(form, source, library)
    assert list(annotation.videos) == ["clip"]
    assert annotation.rows.frames.tolist() == [3, 4]
    assert annotation.rows.boxes.tolist() == [
        pytest.approx([0.25, 0.375, 0.75, 0.625]),
        pytest.approx([0.25, 0.25, 0.75, 0.75]),
    ]
    assert annotation.videos["clip"].labelled == ((3, 4),)
    (told,) = [note for note in notes if "Label Studio" in note]
    assert told.startswith("2 names of videos found without the mark of Label Studio")
    assert "('00ffee99-clip' is 'clip')" in told


@pytest.mark.parametrize("form", WRITERS)
def test_two_pictures_of_one_frame(
    form: str, library: VideoLibrary, tmp_path: Path
) -> None:
    source = WRITERS[form](tmp_path / "x", *[f"{mark}clip_00003" for mark in MARKS])
    with pytest.raises(
        ValueError, match="00ffee99-clip and 1a2b3c4d-clip are both frame 3 of clip"
    ) as caught:
        _import(form, source, library)
    assert "Take the other out" in str(caught.value)


@pytest.mark.parametrize("form", WRITERS)
def test_pictures_called_by_their_number_alone(
    form: str, tmp_path: Path, make_video: Callable
) -> None:
    """00003.jpg and 00004.jpg were uploaded; one mark has digits only."""
    make_video(tmp_path / "in/clip.mp4", count=10)
    library = VideoLibrary(tmp_path / "in", tmp_path / "out")
    names = ("12345678-00003", "1a2b3c4d-00004")
    source = WRITERS[form](tmp_path / "export", *names)
    annotation, notes = _import(form, source, library)
    assert list(annotation.videos) == ["clip"]
    assert annotation.rows.frames.tolist() == [3, 4]
    assert annotation.rows.boxes.tolist() == [
        pytest.approx([0.25, 0.375, 0.75, 0.625]),
        pytest.approx([0.25, 0.25, 0.75, 0.75]),
    ]
    assert any("('12345678' is 'the only video')" in note for note in notes)


def test_which_video_a_number_alone_is_of(
    library: VideoLibrary, tmp_path: Path
) -> None:
    source = _yolo(tmp_path / "export", "1a2b3c4d-00003")
    with pytest.raises(
        FileNotFoundError, match=r"put '1a2b3c4d-' in front of a number.*holds no other"
    ):
        _import("yolo", source, library)


def test_a_date_is_no_mark(tmp_path: Path, make_video: Callable) -> None:
    make_video(tmp_path / "in/clip.mp4", count=10)
    library = VideoLibrary(tmp_path / "in", tmp_path / "out")
    source = _yolo(tmp_path / "export", "20240131-00003")
    with pytest.raises(FileNotFoundError, match="there is no video '20240131'"):
        _import("yolo", source, library)


def test_pictures_of_a_video_whose_own_name_has_a_mark(
    tmp_path: Path, make_video: Callable
) -> None:
    """In Label Studio's own format, too, the name is shortened only if need be."""
    make_video(tmp_path / "in/1a2b3c4d-clip.mp4", count=10)
    library = VideoLibrary(tmp_path / "in", tmp_path / "out")
    source = _labelstudio(tmp_path / "export", "1a2b3c4d-clip_00003")
    annotation, notes = _import("labelstudio", source, library)
    assert list(annotation.videos) == ["1a2b3c4d-clip"]
    assert not any("Label Studio" in note for note in notes)


def test_a_name_that_no_video_has(library: VideoLibrary, tmp_path: Path) -> None:
    source = _yolo(tmp_path / "export", "1a2b3c4d-absent_00003")
    with pytest.raises(
        FileNotFoundError, match="Did Label Studio put '1a2b3c4d-' in front of its name"
    ):
        _import("yolo", source, library)


def test_a_name_that_two_videos_have(tmp_path: Path, make_video: Callable) -> None:
    for folder in "ab":
        make_video(tmp_path / f"in/{folder}/clip.mp4", count=10)
    library = VideoLibrary(tmp_path / "in", tmp_path / "out")
    source = _yolo(tmp_path / "export", "1a2b3c4d-clip_00003")
    with pytest.raises(ValueError, match=r"'clip' may be any of .*; rename them, or"):
        _import("yolo", source, library)


def test_a_video_that_has_such_a_name(tmp_path: Path, make_video: Callable) -> None:
    for name in ("1a2b3c4d-clip", "clip"):
        make_video(tmp_path / f"in/{name}.mp4", count=10)
    library = VideoLibrary(tmp_path / "in", tmp_path / "out")
    source = _yolo(tmp_path / "export", "1a2b3c4d-clip_00003")
    assert list(_import("yolo", source, library)[0].videos) == ["1a2b3c4d-clip"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("1a2b3c4d-clip.mp4", "clip.mp4"),
        ("sub/1a2b3c4d-a-b.mp4", "sub/a-b.mp4"),
        ("1a2b3c4d-", "1a2b3c4d-"),
        ("1a2b3c4g-clip", "1a2b3c4g-clip"),
        ("x1a2b3c4d-clip", "x1a2b3c4d-clip"),
        ("1a2b3c4d-clip/00012.jpg", "1a2b3c4d-clip/00012.jpg"),
    ],
)
def test_the_mark_of_an_upload(name: str, short: str) -> None:
    assert without_upload_mark(name) == short
