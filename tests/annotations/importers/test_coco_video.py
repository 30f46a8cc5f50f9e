import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.coco_video import read_coco_video
from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes


def _data() -> dict[str, Any]:
    return {
        "videos": [{"id": 7, "name": "kitchen.mp4"}],
        "categories": [{"id": 2, "name": "wipe"}, {"id": 5, "name": "roll"}],
        "images": [
            {"id": 1, "video_id": 7, "frame_id": 0, "width": 64, "height": 48},
            {"id": 2, "video_id": 7, "frame_id": 1, "width": 64, "height": 48},
        ],
        "annotations": [
            {"image_id": 2, "category_id": 5, "bbox": [1, 2, 3, 4.5], "track_id": 9},
            {
                "image_id": 1,
                "category_id": 2,
                "bbox": [0, 0, 10, 10],
                "attributes": {"talk": True, "hand": "left", "track_id": 3},
            },
            {"image_id": 1, "category_id": 2, "bbox": [0, 0, 1, 1], "iscrowd": 1},
        ],
    }


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., ToolBoxes]:
    def run(data: Any, rule: ActionRule | None = None) -> ToolBoxes:
        (tmp_path / "c.json").write_text(json.dumps(data))
        return read_coco_video(tmp_path / "c.json", rule or ActionRule())

    return run


def test_videos_tracks_and_categories(read: Callable) -> None:
    boxes = read(_data())
    assert boxes.sizes == {"kitchen.mp4": (64, 48)}
    assert boxes.classes == ["wipe", "roll"]
    assert boxes.actions.tolist() == ["roll", "wipe"]
    assert boxes.rows.frames.tolist() == [1, 0]
    assert boxes.rows.boxes.tolist() == [[1, 2, 4, 6.5], [0, 0, 10, 10]]
    assert boxes.track_names.tolist() == ["9", "3"]
    assert boxes.rows.origins.tolist() == ["annotations[0]", "annotations[1]"]
    assert boxes.base == 0
    assert boxes.left_out["crowd regions"] == 1


def test_annotations_without_a_box(read: Callable) -> None:
    """Polygons and masks count by their extent; the number of others is told."""
    data = _data()
    polygon = {"segmentation": [[1, 2, 9, 2, 5, 8]]}
    mask = {"segmentation": {"size": [48, 64], "counts": [49, 2, 3021]}, "bbox": []}
    flat = {"bbox": [3, 4, 0, 0], "segmentation": [[3, 4, 7, 8]]}
    neither = [{}, {"segmentation": [[]]}]
    own = {"image_id": 1, "category_id": 2}
    data["annotations"] = [{**own, **item} for item in (polygon, mask, flat, *neither)]
    boxes = read(data)
    assert boxes.rows.boxes.tolist() == [[1, 2, 9, 8], [1, 1, 2, 3], [3, 4, 7, 8]]
    told = {reason: n for reason, n in boxes.left_out.items() if n}
    assert told == {
        "annotations without bbox, taken by the extent of their segmentation": 3,
        "annotations without box and segmentation, left out (the first: "
        "annotations[3])": 2,
    }
    data["annotations"] = [
        {**own, "segmentation": "x"},
        {**own, "bbox": [1, 2, 3]},
    ]
    with pytest.raises(ValueError, match="2 problem") as caught:
        read(data)
    assert "annotations[0].segmentation is 'x': must be polygons" in str(caught.value)
    assert "annotations[1].bbox is [1.0, 2.0, 3.0], must be a list" in str(caught.value)


def test_actions_in_attributes(read: Callable) -> None:
    boxes = read(_data(), ActionRule(("talk", "hand"), track="hand"))
    assert boxes.actions.tolist() == ["talk", "left"]
    assert boxes.track_names.tolist() == ["left", "left"]
    assert boxes.left_out["boxes without an action"] == 1


def test_video_and_frame_from_file_names(read: Callable) -> None:
    data = _data()
    data["images"] = [
        {"id": 1, "file_name": "a/00004.jpg"},
        {"id": 2, "file_name": "b_00005.jpg", "width": 0, "height": 0},
    ]
    boxes = read(data)
    assert boxes.sizes == {"a": None, "b": None}
    assert boxes.rows.frames.tolist() == [5, 4]
    assert boxes.base is None


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("annotations", 0, "image_id"), 77, r"annotations\[0\]\.image_id is '77'"),
        (("annotations", 0, "category_id"), 77, "must be one of the categories"),
        (("annotations", 0, "bbox"), [1, 2, 3], "must be a list of 4 numbers"),
        (("annotations",), None, "annotations is None, must be a list"),
        (("images", 0), {"id": 1}, r"images\[0\] .*must be an image with video_id"),
        (("images", 0), {"id": 1, "video_id": 7}, "an image with frame_id"),
    ],
)
def test_faults(read: Callable, path: tuple, value: Any, message: str) -> None:
    data = _data()
    node = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(ValueError, match=message):
        read(data)


def test_numbers_in_file_names_stand_beside_frame_ids(read: Callable) -> None:
    data = _data()
    data["images"][0]["file_name"] = "kitchen/000000.jpg"
    data["images"][1]["file_name"] = "kitchen/000030.jpg"
    boxes = read(data)
    assert boxes.named == {"kitchen.mp4": {0: 0, 1: 30}}
    assert boxes.base_varies
    assert not boxes.sampled


def test_roboflow_numbers_the_pictures_that_it_took(read: Callable) -> None:
    data = _data()
    for i, image in enumerate(data["images"]):
        image.pop("video_id")
        image.pop("frame_id")
        image["file_name"] = f"clip_mp4-{i}_jpg.rf.ab12ab12.jpg"
    assert read(data).sampled == {"clip"}


def test_two_images_of_one_frame(read: Callable) -> None:
    data = _data()
    data["images"][1]["frame_id"] = 0
    with pytest.raises(
        ValueError, match=r"images 1 \(\) and 2 \(\) are frame 0 of kit"
    ):
        read(data)


@pytest.mark.parametrize("group", ["images", "categories", "videos"])
def test_an_id_that_is_there_twice(read: Callable, group: str) -> None:
    data = _data()
    first = data[group][0]
    data[group].append({**first, "name": "other", "frame_id": 9})
    with pytest.raises(
        ValueError, match=f"{group}: id '{first['id']}' is there 2 times"
    ):
        read(data)


def test_images_of_two_sizes(read: Callable) -> None:
    data = _data()
    data["images"][1]["width"] = 128
    with pytest.raises(ValueError, match=r"image 2 \(\) has size \(128, 48\), others"):
        read(data)


def test_a_mask_of_another_size_than_its_image(read: Callable) -> None:
    data = _data()
    mask = {"size": [24, 32], "counts": [25, 2, 741]}
    data["annotations"] = [{"image_id": 1, "category_id": 2, "segmentation": mask}]
    with pytest.raises(ValueError, match=r"segmentation is .* the image is of 64x48"):
        read(data)


def test_masks_that_cvat_writes_as_crowds(read: Callable) -> None:
    """A mask is one person; a crowd without a mask is none."""
    data = _data()
    runs = {"size": [48, 64], "counts": [49, 2, 3021]}
    own = {"image_id": 1, "category_id": 2, "iscrowd": 1}
    items = [{"segmentation": runs}, {"segmentation": runs, "bbox": [4, 5, 6, 7]}]
    items += [{"segmentation": {"size": [48, 64], "counts": [3072]}}]
    items += [{"segmentation": [[1, 2, 9, 2, 5, 8]]}, {"bbox": [1, 1, 9, 9]}]
    data["annotations"] = [{**own, **item} for item in items]
    boxes = read(data)
    assert boxes.rows.boxes.tolist() == [[1, 1, 2, 3], [4, 5, 10, 12]]
    masks = "masks with iscrowd 1 (CVAT writes each so), taken by their extent"
    assert boxes.left_out[masks] == 2
    assert boxes.left_out["crowd regions"] == 2
    (empty,) = [text for text in boxes.left_out if text.endswith("annotations[2])")]
    assert boxes.left_out[empty] == 1


@pytest.mark.parametrize(
    "name",
    ["images/0a1b2c3d-clip_00012.jpg", "data\\upload\\3\\0a1b2c3d-clip_00012.jpg"],
)
def test_pictures_that_label_studio_stores(read: Callable, name: str) -> None:
    """Its folder of pictures is no video."""
    data = _data()
    data["images"] = [{"id": 1, "file_name": name}, {"id": 2, "file_name": "b/3.jpg"}]
    assert list(read(data).sizes) == ["0a1b2c3d-clip", "b"]
