import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from stal_plugin.annotations.importers.cvat_video import CvatParts, parse_cvat_video

HEAD = "<annotations><meta><task><id>1</id><size>9</size></task></meta>"


def _parse(text: str, *ignore: str) -> CvatParts:
    return parse_cvat_video("f.xml", io.BytesIO(text.encode()), ignore)


def _box(**changes: object) -> str:
    facts: dict[str, Any] = {
        **dict(frame=0, outside=0, occluded=0, keyframe=1),
        **dict(xtl=1, ytl=2, xbr=3, ybr=4),
        **changes,
    }
    text = " ".join(f'{k}="{v}"' for k, v in facts.items() if v is not None)
    return f"<box {text}/>"


def _with_box(**changes: object) -> str:
    track = f'<track id="5" label="a">{_box(**changes)}</track>'
    return f"{HEAD}{track}</annotations>"


def test_task_export(cvat_text: Callable[..., str]) -> None:
    boxes = [(4, 1, 1, 2, 3, 4), (2, 0, 1.5, 2.25, 3, 4)]
    text = cvat_text(
        ["a", "b"], {"8": ("c0", 30)}, [("8", ("b", boxes))], project=False
    )
    parser = _parse(text)
    assert parser.labels == ["a", "b"]
    (task,) = parser.tasks
    assert (task.task_id, task.name, task.source) == ("8", "c0", "c0.mp4")
    assert (task.first_frame, task.last_frame) == (0, 29)
    assert (task.width, task.height) == (320, 180)
    (track,) = parser.tracks
    assert (track.track_id, track.label, track.task_id) == ("0", "b", "")
    assert track.frames.tolist() == [2, 4]  # sorted
    assert track.boxes[0].tolist() == [1.5, 2.25, 3, 4]
    assert track.outside.tolist() == [False, True]


def test_project_export(cvat_text: Callable[..., str]) -> None:
    tasks = {"8": ("c0", 30), "9": ("c1", 40)}
    track = ("a", [(2, 0, 1, 2, 3, 4)])
    parser = _parse(cvat_text(["a"], tasks, [("9", track), ("8", track)]))
    assert [t.task_id for t in parser.tasks] == ["8", "9"]
    assert [t.last_frame for t in parser.tasks] == [29, 39]
    assert [t.task_id for t in parser.tracks] == ["9", "8"]
    assert parser.labels == ["a"]  # the attribute's name is no label


def test_job_export_with_facts_beside_the_job() -> None:
    parser = _parse(
        "<annotations><meta><job><id>3</id><size>10</size><start_frame>100</start_frame>"
        "</job><original_size><width>640</width><height>360</height></original_size>"
        "<source>film.avi</source></meta></annotations>"
    )
    (task,) = parser.tasks
    assert (task.first_frame, task.last_frame) == (100, 109)
    assert (task.width, task.height, task.source) == (640, 360, "film.avi")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"xtl": "one"}, r"track 5 frame 0: xtl is 'one', must be a number"),
        ({"frame": "1.5"}, "track 5 frame 1.5: frame is '1.5', must be a number"),
        ({"ybr": None}, "track 5 frame 0: ybr is None, must be a number"),
        ({"frame": -1}, "track 5 frame -1: frame is '-1', frames count from 0"),
        ({"xbr": 0}, r"track 5 frame 0: box \[1.0, 2.0, 0.0, 4.0\] is not xtl"),
        ({"xbr": "nan"}, "xbr is 'nan', must be a number"),
        ({"rotation": "much"}, "rotation is 'much', must be a number"),
        ({"outside": -1}, "outside is '-1', must be 0 or 1"),
    ],
)
def test_faulty_boxes(changes: dict[str, object], message: str) -> None:
    (problem,) = _parse(_with_box(**changes)).problems
    assert re.search(message, problem)


def test_a_box_without_area_may_be_outside() -> None:
    assert len(_parse(_with_box(xbr=1, outside=1)).tracks) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<image id="0" name="x.jpg"/>', "export the task again as 'CVAT for video"),
        ('<track id="5" label="a">', "no complete XML file"),
    ],
)
def test_faulty_files(body: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _parse(f"{HEAD}{body}</annotations>")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_box() + _box(xtl=0), "track 5 has two boxes on frame 0 that differ"),
        (_box() + _box(outside=1), "track 5 has two boxes on frame 0 that differ"),
        (f"{_box()}<polygon frame='0' points='1,2;3,4'/>", "has two boxes on frame 0"),
        ('<polygon frame="1" points="1,2;3"/>', "points is '1,2;3', must be 'x,y;"),
    ],
)
def test_tracks_that_contradict_themselves(body: str, message: str) -> None:
    track = f'<track id="5" label="a">{body}</track><track id="6"></track>'
    first, second = _parse(f"{HEAD}{track}</annotations>").problems
    assert message in first
    assert "a track needs id and label" in second
    ignored = _parse(f"{HEAD}{track}</annotations>", "a")
    assert ignored.left_out["tracks with an ignored label"] == 1
    assert len(ignored.problems) == 1


def test_a_box_that_is_there_twice_is_one() -> None:
    body = _box() + _box() + _box(frame=4, outside=1) + _box(frame=4, xtl=0, outside=1)
    (track,) = _parse(
        f'{HEAD}<track id="5" label="a">{body}</track></annotations>'
    ).tracks
    assert track.frames.tolist() == [0, 4]
    assert track.outside.tolist() == [False, True]


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        ('polygon frame="3" points="10,10;60,12;50,90"', [10, 10, 60, 90]),
        ('box frame="3" xtl="0" ytl="0" xbr="4" ybr="2" rotation="90"', [1, -1, 3, 3]),
        ('ellipse frame="3" cx="5" cy="6" rx="2" ry="1"', [3, 5, 7, 7]),
        (
            'mask frame="3" rle="1,2" left="5" top="6" width="3" height="4"',
            [5, 6, 8, 10],
        ),
        (
            'cuboid frame="3" xtl1="1" ytl1="2" xbr1="5" ybr1="8" xbr2="6" ytr2="1"',
            [1, 1, 6, 8],
        ),
    ],
)
def test_other_shapes_become_their_extent(shape: str, box: list[float]) -> None:
    parts = _parse(f'{HEAD}<track id="5" label="a"><{shape}/></track></annotations>')
    assert parts.tracks[0].boxes[0] == pytest.approx(box)
    assert sum(parts.left_out.values()) == 1


def test_a_skeleton_is_the_extent_of_its_visible_points() -> None:
    inner = "".join(
        f'<points label="{i}" points="{i},{2 * i}" outside="{i // 9}"/>'
        for i in (1, 4, 9)
    )
    body = f'<skeleton frame="2">{inner}</skeleton>'
    parts = _parse(f'{HEAD}<track id="5" label="a">{body}</track></annotations>')
    assert parts.tracks[0].boxes.tolist() == [[1, 2, 4, 8]]
    body = f'<skeleton frame="2" points=""/><track id="0" label="1">{inner}</track>'
    body = body.replace("<points", '<points frame="2"')
    parts = _parse(f'{HEAD}<track id="5" label="a">{body}</track></annotations>')
    assert parts.tracks[0].boxes.tolist() == [[1, 2, 4, 8]]


def test_a_shape_without_area_is_left_out_and_counted() -> None:
    body = _box(xbr=1) + '<skeleton frame="2" points=""/>' + _box(frame=4)
    parts = _parse(f'{HEAD}<track id="5" label="a">{body}</track></annotations>')
    assert parts.tracks[0].outside.tolist() == [True, True, False]
    first = "(the first: track 5, frame 0, line 1)"
    hidden = "a person counts as hidden from there to the next box"
    flat = f"boxes and shapes without area, left out {first}; {hidden}"
    assert parts.left_out[flat] == 2


def test_a_box_does_not_shrink_towards_one_without_area() -> None:
    """It stays as it is until the frame before, then the person is hidden."""
    body = _box(frame=0) + _box(frame=4, xbr=1) + _box(frame=6)
    parts = _parse(f'{HEAD}<track id="5" label="a">{body}</track></annotations>')
    frames, boxes = parts.tracks[0].visible_boxes(7)
    assert frames.tolist() == [0, 1, 2, 3, 6, 7]
    assert (boxes == boxes[0]).all()


def test_the_step_of_a_task() -> None:
    head = HEAD.replace("<size>", "<frame_filter>step=10</frame_filter><size>")
    (task,) = _parse(head + "</annotations>").tasks
    assert (task.step, task.size, task.last_frame) == (10, 9, 80)
    with pytest.raises(ValueError, match="frame_filter is 'every', must be step=N"):
        _parse(head.replace("step=10", "every") + "</annotations>")


def test_other_xml_and_faulty_numbers() -> None:
    with pytest.raises(ValueError, match="starts with <rss>"):
        _parse("<rss></rss>")
    with pytest.raises(ValueError, match="size of a task is 'x9', must be a number"):
        _parse(HEAD.replace("9", "x9") + "</annotations>")


def test_entity_bomb_is_refused_before_it_expands() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        "<annotations><meta>&b;</meta></annotations>"
    )
    with pytest.raises(ValueError, match=r"line 1: a DOCTYPE, which no tool"):
        _parse(bomb)


def test_attributes_and_occlusion_of_boxes_follow_the_frames() -> None:
    def box(frame: int, occluded: int, *texts: str) -> str:
        inside = "".join(f'<attribute name="{n}">{n}{frame}</attribute>' for n in texts)
        return _box(frame=frame, occluded=occluded).replace("/>", f">{inside}</box>")

    body = box(4, 1, "a", "b") + box(2, 0, "a")
    text = f'{HEAD}<track id="5" label="x">{body}</track></annotations>'
    (track,) = _parse(text).tracks
    assert track.frames.tolist() == [2, 4]
    assert track.attributes == ({"a": "a2"}, {"a": "a4", "b": "b4"})
    assert track.occluded.tolist() == [False, True]
