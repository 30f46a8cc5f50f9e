import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.labelstudio import read_labelstudio
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.importers.video_library import VideoLibrary


@pytest.fixture
def read(tmp_path: Path, make_video: Callable[..., Path]) -> Callable[..., ToolBoxes]:
    """Read tasks; the video ``clip.mp4`` has 50 frames of 96x64, 25 per second."""
    make_video(tmp_path / "in/clip.mp4", count=50)
    library = VideoLibrary(tmp_path / "in", tmp_path / "out")

    def run(*tasks: Any, **options: Any) -> ToolBoxes:
        path = tmp_path / "export.json"
        path.write_text(json.dumps(tasks))
        return read_labelstudio(path, library, ImportOptions(**options))

    return run


def _key(frame: int, x: float = 10, enabled: bool = True, **more: Any) -> dict:
    box = {"x": x, "y": 20, "width": 30, "height": 40, "rotation": 0}
    return {"frame": frame, "enabled": enabled, **box, **more}


def _video(*keys: dict, **facts: Any) -> dict:
    value = {"framesCount": 50, "duration": 2.0, "labels": ["wave"], "sequence": keys}
    result = {"id": "t1", "type": "videorectangle", "value": {**value, **facts}}
    return _task({"video": "/data/upload/1/0a1b2c3d-clip.mp4"}, result)


def _task(data: dict, *results: dict) -> dict:
    return {"id": 1, "data": data, "annotations": [{"result": list(results)}]}


def test_linear_between_key_frames_while_enabled(read: Callable) -> None:
    boxes = read(_video(_key(11, time=0.44), _key(15, 18, False, time=0.6)))
    assert list(boxes.sizes) == ["clip.mp4"]
    assert boxes.rows.frames.tolist() == [11, 12, 13, 14]
    assert boxes.rows.boxes[:, 0] == pytest.approx([0.1, 0.12, 0.14, 0.16])
    assert boxes.rows.boxes[0] == pytest.approx([0.1, 0.2, 0.4, 0.6])
    assert (boxes.base, boxes.normalized, boxes.sparse) == (1, True, False)
    assert boxes.track_names.tolist() == ["t1"] * 4


def test_a_region_without_an_end_lasts_as_long_as_the_video(read: Callable) -> None:
    boxes = read(_video(_key(47)))
    assert boxes.rows.frames.tolist() == [47, 48, 49, 50]
    assert boxes.left_out["boxes after a track's last key frame; kept"] == 3


def test_a_project_with_a_rate_of_its_own(read: Callable) -> None:
    """The project counts 24 frames in 2 s, the video has 50: frame 13 is second 1."""
    keys = _key(13, time=1.0), _key(19, enabled=False, time=1.5)
    boxes = read(_video(*keys, framesCount=24))
    assert boxes.rows.frames.tolist() == list(range(26, 38 + 1))[:12]
    assert "count at 12 per second" in " ".join(boxes.left_out)
    boxes = read(_video(*keys, framesCount=None, duration=None), sampled_fps=12.0)
    assert boxes.rows.frames.tolist()[0] == 26


@pytest.mark.parametrize(
    ("facts", "key", "message"),
    [
        ({"duration": 9.0}, {}, "the file says 9 s, the video has 2.00 s"),
        ({"duration": None, "framesCount": 24}, {}, "--sampled-fps 25"),
        (
            {},
            {"time": 1.5},
            "frame 11 has time 1.5, which is frame 38 at 25 per second",
        ),
    ],
)
def test_sources_that_contradict_each_other(
    read: Callable, facts: dict, key: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        read(_video(_key(11, **key), **facts))


def test_attributes_of_a_region(read: Callable) -> None:
    task = _video(_key(49))
    results = task["annotations"][0]["result"]
    for name, value in (
        ("action", {"choices": ["sit", "talk"]}),
        ("who", {"text": ["7"]}),
    ):
        results.append({"id": "t1", "from_name": name, "value": value})
    boxes = read(task, rule=ActionRule(("action",), track="who"))
    assert boxes.actions.tolist() == ["sit", "talk", "sit", "talk"]
    assert set(boxes.track_names) == {"7"}
    assert boxes.attributes == {"action", "who"}


def test_images(read: Callable) -> None:
    value = {"x": 25, "y": 50, "width": 50, "height": 25, "rectanglelabels": ["sit"]}
    region = {"id": "r", "value": value, "original_width": 96, "original_height": 64}
    brush = {"id": "s", "value": {"format": "rle", "rle": [1], "brushlabels": ["x"]}}
    name = "/data/local-files/?d=clip/0a1b2c3d-frame_000012.png"
    empty = _task({"image": name.replace("12.png", "13.png")})
    boxes = read(_task({"image": name}, region, brush), empty)
    assert boxes.rows.frames.tolist() == [12]
    assert boxes.rows.boxes.tolist() == [[0.25, 0.5, 0.75, 0.75]]
    assert boxes.sizes == {"clip": (96, 64)}
    assert boxes.listed == {"clip": [12, 13]}
    assert boxes.sparse
    assert boxes.left_out["shapes that are no rectangle"] == 1


def test_json_min(read: Callable) -> None:
    video = _video(_key(49))["annotations"][0]["result"][0]["value"]
    boxes = read({"id": 3, "video": "clip.mp4", "box": [video], "annotator": 1})
    assert boxes.rows.frames.tolist() == [49, 50]


def test_a_rotated_box_becomes_its_extent(read: Callable) -> None:
    """Turned by 90 degrees about its first corner; the video is 96x64."""
    boxes = read(_video(_key(50, x=60, rotation=90)))
    assert boxes.rows.boxes[0] == pytest.approx([0.6 - 0.4 * 64 / 96, 0.2, 0.6, 0.65])


def test_another_annotator_and_other_content(read: Callable) -> None:
    task = _video(_key(50))
    task["annotations"] *= 2
    boxes = read(task)
    assert len(boxes) == 1
    assert boxes.left_out["annotations of a task beside its first one"] == 1
    for faulty in (1, {"data": {}, "annotations": [{"result": [{"value": {}}]}]}, []):
        with pytest.raises(ValueError, match=r"export\.json"):
            read(faulty)


def _picture(name: str, value: dict, **facts: Any) -> dict:
    return _task(
        {"image": f"/data/upload/1/{name}"}, {"id": "r", "value": value, **facts}
    )


BOX = {"x": 25, "y": 50, "width": 50, "height": 25, "rectanglelabels": ["sit"]}


def test_uploaded_pictures(read: Callable) -> None:
    """The folder of uploads is the project's, not a video's."""
    boxes = read(_task({"image": "x_1.png"}), _picture("0a1b2c3d-clip_00012.png", BOX))
    assert boxes.listed == {"x": [1], "0a1b2c3d-clip": [12]}
    assert boxes.rows.frames.tolist() == [12]


def test_two_tasks_of_one_frame(read: Callable) -> None:
    """What was uploaded twice, under two marks: see test_upload_names.py."""
    tasks = [_picture("clip_00012.png", BOX) for _ in range(2)]
    with pytest.raises(ValueError, match=r"\[0\] clip_00012.png and \[1\] .* frame 12"):
        read(*tasks)


def test_a_picture_that_was_turned_in_the_tool(read: Callable) -> None:
    with pytest.raises(ValueError, match=r"turned in the tool \(image_rotation 90\)"):
        read(_picture("clip_00012.png", BOX, image_rotation=90))


def test_a_key_frame_behind_the_video(read: Callable) -> None:
    keys = _key(5), _key(60, enabled=False)
    with pytest.raises(ValueError, match=r"key frame 60 of clip\.mp4, which has 50"):
        read(_video(*keys, framesCount=None, duration=None))
    keys = _key(49), _key(51, enabled=False)
    boxes = read(_video(*keys, framesCount=None, duration=None))
    assert boxes.rows.frames.tolist() == [49, 50]


def test_tasks_that_nobody_finished_are_no_labelled_frames(read: Callable) -> None:
    skipped, predicted = (_picture(f"clip_0001{i}.png", BOX) for i in (1, 2))
    skipped["annotations"][0]["was_cancelled"] = True
    predicted["predictions"] = predicted.pop("annotations")
    predicted["annotations"] = []
    boxes = read(_picture("clip_00010.png", BOX), skipped, predicted)
    assert boxes.listed == {"clip": [10]}
    assert boxes.left_out["tasks without a finished annotation"] == 2


@pytest.mark.parametrize(
    ("value", "box"),
    [
        ({"points": [[10, 20], [30, 5], [15, 60]], "polygonlabels": ["sit"]}, True),
        ({"x": 20, "y": 32.5, "radiusX": 10, "radiusY": 27.5, "labels": ["sit"]}, True),
        ({"x": 5, "y": 5, "radiusX": 1, "radiusY": 2, "rotation": 30}, False),
        ({"x": 5, "y": 5, "width": 0.3, "keypointlabels": ["sit"]}, False),
    ],
)
def test_other_shapes(read: Callable, value: dict, box: bool) -> None:
    boxes = read(_picture("clip_00012.png", value))
    expected = [[0.1, 0.05, 0.3, 0.6]] * box
    assert boxes.rows.boxes.tolist() == [pytest.approx(own) for own in expected]
    assert boxes.actions.tolist() == ["sit"] * box
    told = "shapes that are no rectangle" + ", taken by their extent" * box
    assert boxes.left_out[told] == 1


@pytest.mark.parametrize(
    "changed", [{"x": float("inf")}, {"rotation": float("nan")}, {"width": [3]}]
)
def test_numbers_that_are_none(read: Callable, changed: dict) -> None:
    with pytest.raises(ValueError, match=r"\[0\], region r is no region of Label St"):
        read(_picture("clip_00012.png", {**BOX, **changed}))
    with pytest.raises(ValueError, match=r"\[1\], region t1 is no region of Label S"):
        read(_video(_key(3)), _video({**_key(1), "frame": float("inf")}))


def test_all_faults_are_told(read: Callable) -> None:
    """Of several tasks, and of several regions of a task."""
    two = _picture("clip_00012.png", {**BOX, "x": "q"})
    region = {**two["annotations"][0]["result"][0], "id": "s"}
    two["annotations"][0]["result"].append(region)
    late = _video(_key(60), framesCount=None, duration=None)
    with pytest.raises(ValueError, match="5 problem") as caught:
        read(two, 3, late, _task({}), _picture("clip_00013.png", BOX))
    text = str(caught.value)
    assert "[0], region r: could not convert string to float: 'q'" in text
    assert "[0], region s: could not convert string to float: 'q'" in text
    assert "[3]: task 1 names no video or image" in text
    assert "[1] is no task of Label Studio" in text
    assert "[2], region t1: key frame 60 of clip.mp4" in text
    assert len(text) < 5000


def test_videos_that_are_not_there(read: Callable) -> None:
    there = _video(_key(50))
    absent = [
        _task({"video": f"{name}.mp4"}, *there["annotations"][0]["result"])
        for name in "ab"
    ]
    with pytest.raises(FileNotFoundError, match=r"video 'a\.mp4'(.|\n)*and 1 more"):
        read(*absent, there)
    boxes = read(*absent, there, present_only=True)
    assert boxes.rows.frames.tolist() == [50]
    assert boxes.left_out["regions of videos that are not there"] == 2
