from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.annotations.importers.cvat_images import (
    is_images_export,
    read_cvat_images,
)
from stal_plugin.annotations.importers.import_options import ActionRule

META = (
    "<meta><task><id>4</id><name>morning</name><labels><label><name>wipe</name>"
    "<attributes><attribute><name>who</name></attribute></attributes></label>"
    "<label><name>roll</name></label></labels><source>c0.mp4</source></task></meta>"
)
BOX = (
    '<box label="wipe" occluded="1" xtl="1.5" ytl="2" xbr="30" ybr="40">'
    '<attribute name="who">7</attribute><attribute name="talk">true</attribute></box>'
)


def _image(name: str, body: str = "", width: int = 64) -> str:
    facts = f'name="{name}" width="{width}" height="48"'
    return f'<image id="0" {facts}>\n{body}</image>'


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def run(*images: str, meta: str = META) -> Path:
        path = tmp_path / "f.xml"
        body = "\n".join(images)
        path.write_text(
            f"<annotations><version>1.1</version>{meta}{body}</annotations>"
        )
        return path

    return run


def test_frames_of_a_video_count_from_0(write: Callable) -> None:
    path = write(_image("frame_000012", BOX), _image("frame_000013"))
    assert is_images_export(path)
    boxes = read_cvat_images(path, ActionRule(track="who"))
    assert boxes.sizes == {"c0.mp4": (64, 48)}
    assert boxes.classes == ["wipe", "roll"]
    assert boxes.rows.frames.tolist() == [12]
    assert boxes.rows.boxes.tolist() == [[1.5, 2, 30, 40]]
    assert boxes.track_names.tolist() == ["7"]
    assert boxes.rows.origins.tolist() == ["line 2"]
    assert boxes.base == 0
    assert boxes.left_out["occluded boxes, which are kept"] == 1


def test_images_of_folders(write: Callable) -> None:
    path = write(_image("a/00001.jpg", BOX), _image("b/00001.jpg"), meta="")
    boxes = read_cvat_images(path, ActionRule(("talk",)))
    assert list(boxes.sizes) == ["a", "b"]
    assert boxes.actions.tolist() == ["talk"]
    assert boxes.base is None


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([_image("cover")], "line 1: the name of image 'cover' ends in no number"),
        ([_image("frame_1"), _image("frame_2", width=9)], r"size \(9, 48\), earlier"),
        (
            [_image("frame_1", BOX.replace('"1.5"', '"q"'))],
            "line 2: xtl is 'q', must be a number",
        ),
        (
            [_image("frame_1", BOX.replace("occluded", 'rotation="x" occluded'))],
            "rotation is 'x', must be a number",
        ),
        (["<image"], "is no complete XML file"),
    ],
)
def test_faults(write: Callable, images: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_cvat_images(write(*images), ActionRule())


def test_polygons_and_tags_are_counted(write: Callable) -> None:
    polygon = '<polygon label="x" points="1,2;9,4;5,8"/>'
    flat = '<points label="x" points="1,2"/>'
    body = f'{BOX}{polygon}{flat}<tag label="y"><attribute name="q"/></tag>'
    boxes = read_cvat_images(write(_image("frame_1", body)), ActionRule())
    assert boxes.rows.boxes[1].tolist() == [1, 2, 9, 8]
    assert boxes.left_out["shapes <polygon>, taken by their extent"] == 1
    flat = "boxes and shapes without area, left out (the first: line 2)"
    assert boxes.left_out[flat] == 1
    assert boxes.left_out["tags without a box"] == 1


def test_kind_of_export(write: Callable, tmp_path: Path) -> None:
    assert not is_images_export(write('<track id="0" label="a"></track>'))
    (tmp_path / "g.xml").write_text("no xml")
    assert not is_images_export(tmp_path / "g.xml")
    with pytest.raises(FileNotFoundError, match="is missing"):
        is_images_export(tmp_path / "none.xml")
    entity = '<!DOCTYPE a [<!ENTITY x "y">]><annotations><image/></annotations>'
    (tmp_path / "g.xml").write_text(entity)
    with pytest.raises(ValueError, match="DOCTYPE"):
        read_cvat_images(tmp_path / "g.xml", ActionRule())


def test_two_images_of_one_frame(write: Callable) -> None:
    path = write(_image("kitchen/3.jpg", BOX), _image("kitchen/0003.png"))
    with pytest.raises(ValueError, match="are both frame 3 of kitchen") as caught:
        read_cvat_images(path, ActionRule())
    assert "kitchen/3.jpg and kitchen/0003.png" in str(caught.value)
