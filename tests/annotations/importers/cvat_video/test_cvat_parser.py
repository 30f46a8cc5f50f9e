import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from stal_plugin.annotations.importers.cvat_video import parse_cvat_video

HEAD = "<annotations><meta><task><id>1</id><size>9</size></task></meta>"


def _parse(text: str) -> SimpleNamespace:
    labels, tasks, tracks = parse_cvat_video("f.xml", io.BytesIO(text.encode()))
    return SimpleNamespace(labels=labels, tasks=tasks, tracks=tracks)


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
        ({"xtl": "one"}, r"f\.xml: track 5 frame 0: xtl is 'one', must be a number"),
        ({"frame": "1.5"}, "track 5 frame 1.5: frame is '1.5', must be a number"),
        ({"ybr": None}, "track 5 frame 0: ybr is None, must be a number"),
        ({"frame": -1}, "track 5 frame -1: frames count from 0"),
        ({"xbr": 1}, r"track 5 frame 0: box \[1.0, 2.0, 1.0, 4.0\] has no area"),
        ({"xbr": "nan"}, r"box \[1.0, 2.0, nan, 4.0\] has no area"),
        ({"rotation": "12.50"}, "track 5 has a rotated box"),
    ],
)
def test_faulty_boxes(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _parse(_with_box(**changes))


def test_a_box_without_area_may_be_outside() -> None:
    assert len(_parse(_with_box(xbr=1, outside=1)).tracks) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            f'<track id="5" label="a">{_box()}{_box()}</track>',
            "track 5 has two boxes on frame 0",
        ),
        ('<track id="5" label="a"><polygon/></track>', "track 5 has a polygon"),
        ('<track id="5"></track>', "a track needs id and label"),
        ('<image id="0" name="x.jpg"/>', "export the task again as 'CVAT for video"),
        ('<track id="5" label="a">', "no complete XML file"),
    ],
)
def test_faulty_files(body: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _parse(f"{HEAD}{body}</annotations>")


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
    with pytest.raises(ValueError, match=r"line 1: a DOCTYPE, which CVAT never"):
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
