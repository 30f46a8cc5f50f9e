"""Read the export format 'CVAT for video 1.1'."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np

from stal_plugin.annotations.importers.cvat_meta import cvat_labels, cvat_tasks
from stal_plugin.annotations.importers.cvat_shapes import (
    OTHER_SHAPES,
    ROTATED,
    Box,
    box_of_shape,
    flat_shapes,
    rotated,
    taken,
)
from stal_plugin.annotations.importers.cvat_tracks import CvatTask, CvatTrack, CvatXml
from stal_plugin.annotations.importers.xml_stream import (
    XmlElement,
    xml_error,
    xml_parts,
)
from stal_plugin.annotations.problems import raise_problems

_FIX = "Correct the drawing in CVAT and export again, or leave labels out with --ignore"


@dataclass
class CvatParts:
    """What stands in an export, not compared with each other.

    Args:
        labels: Names of the labels.
        tasks: The tasks or jobs.
        tracks: The tracks in the order of the file.
        left_out: How many shapes were left out or taken by their extent, by reason.
        problems: Faults of tracks, with their places.
        flat: Places of shapes without area.
    """

    labels: list[str] = field(default_factory=list)
    tasks: list[CvatTask] = field(default_factory=list)
    tracks: list[CvatTrack] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    flat: list[str] = field(default_factory=list)


def parse_cvat_video(
    path: str | PathLike, file: BinaryIO, ignore: Collection[str] = ()
) -> CvatParts:
    """Read what stands in the file, without comparing its parts.

    Args:
        path: The file, for errors.
        file: Opened in binary mode.
        ignore: Labels whose tracks are not looked at.

    Returns:
        Its parts, with the faults of all tracks.

    Raises:
        ValueError: The file is no such export.
    """
    parts = CvatParts()
    for part in xml_parts(path, file):
        if part.tag == "meta":
            parts.labels += cvat_labels(part)
            parts.tasks += cvat_tasks(path, part)
        elif part.tag == "track":
            if part.attrib.get("label") in ignore:
                parts.left_out["tracks with an ignored label"] += 1
                continue
            try:
                parts.tracks.append(_track(part, parts))
            except ValueError as error:
                parts.problems.append(str(error))
        elif part.tag == "tag":
            parts.left_out["tags without a box"] += 1
        elif part.tag == "image":
            text = "this is an export in the format 'CVAT for images'"
            fix = "export the task again as 'CVAT for video 1.1'"
            raise xml_error(path, part.line, f"{text}; {fix}")
    hidden = "; a person counts as hidden from there to the next box"
    parts.left_out += flat_shapes(parts.flat, hidden)
    return parts


def _track(track: XmlElement, parts: CvatParts) -> CvatTrack:
    if "label" not in track.attrib or "id" not in track.attrib:
        raise ValueError(
            f"line {track.line}: a track needs id and label, has {track.attrib}"
        )
    place = f"track {track.attrib['id']}"
    key_frames = _key_frames(place, track)
    heads = [group[0] for group in key_frames.values()]
    outside = np.array([_all_outside(place, g) for g in key_frames.values()], bool)
    owners = zip(key_frames.items(), outside.tolist(), strict=True)
    boxes = [_box(place, frame, group, out) for (frame, group), out in owners]
    corners = np.array(boxes, float).reshape(-1, 4)
    empty = np.any(corners[:, :2] >= corners[:, 2:], axis=1) & ~outside
    for i, (frame, head) in enumerate(zip(key_frames, heads, strict=True)):
        if empty[i]:
            parts.flat.append(f"{place}, frame {frame}, line {head.line}")
            # the box before it does not shrink towards it
            corners[i] = corners[max(i - 1, 0)]
        parts.left_out[taken(head.tag)] += head.tag != "box" and not empty[i]
        parts.left_out[ROTATED] += rotated(head)
    return CvatTrack(
        track_id=track.attrib["id"],
        label=track.attrib["label"],
        task_id=track.attrib.get("task_id", ""),
        frames=np.array(list(key_frames), np.int64),
        boxes=corners,
        outside=outside | empty,
        occluded=np.array([_flag(place, s, "occluded") for s in heads], bool),
        attributes=tuple(cvat_attributes(shape) for shape in heads),
    )


def _key_frames(place: str, track: XmlElement) -> dict[int, list[XmlElement]]:
    """Shapes of each frame, ascending: one box, or the parts of a skeleton.

    A box that is there twice is taken once.
    """
    shapes = [e for e in track.children if e.tag in ("box", *OTHER_SHAPES)]
    shapes += chain(*(own.children for own in track.all("track")))
    by_frame: dict[int, list[XmlElement]] = {}
    for shape in shapes:
        frame = _frame(place, shape)
        own = by_frame.setdefault(frame, [])
        same = [s for s in own if (s.tag, s.attrib) == (shape.tag, shape.attrib)]
        ends = [
            s.tag == "box" and s.attrib.get("outside") == "1" for s in (*own, shape)
        ]
        if same or (own and all(ends)):  # closing boxes only say that the track ends
            continue
        if own and "box" in (own[0].tag, shape.tag):
            raise ValueError(
                f"{place} has two boxes on frame {frame} that differ (lines "
                f"{own[0].line} and {shape.line})"
            )
        own.append(shape)
    return dict(sorted(by_frame.items()))


def _frame(place: str, shape: XmlElement) -> int:
    text = shape.attrib.get("frame")
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        negative = text is not None and text.startswith("-")
        allowed = "frames count from 0" if negative else "must be a number"
        raise ValueError(f"{place} frame {text}: frame is {text!r}, {allowed}")
    return int(text)


def _flag(place: str, shape: XmlElement, key: str) -> bool:
    text = shape.attrib.get(key, "0")
    if text not in ("0", "1"):
        frame = shape.attrib.get("frame")
        raise ValueError(f"{place} frame {frame}: {key} is {text!r}, must be 0 or 1")
    return text == "1"


def _all_outside(place: str, shapes: Sequence[XmlElement]) -> bool:
    return all([_flag(place, shape, "outside") for shape in shapes])  # checks each


def _box(place: str, frame: int, shapes: Sequence[XmlElement], outside: bool) -> Box:
    """Extent of all shapes of a frame; that of hidden ones may be odd."""
    try:
        extents = [box for shape in shapes if (box := box_of_shape(shape))]
        boxes = np.array(extents or [(0.0,) * 4])
        rotated(shapes[0])
    except ValueError as error:
        raise ValueError(f"{place} frame {frame}: {error}") from None
    if (boxes[:, :2] > boxes[:, 2:]).any() and not outside:
        raise ValueError(
            f"{place} frame {frame}: box {boxes[0].tolist()} is not xtl ytl xbr ybr "
            "with xtl < xbr, ytl < ybr"
        )
    (x1, y1), (x2, y2) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
    return x1, y1, x2, y2


def cvat_attributes(box: XmlElement) -> dict[str, str]:
    """Values of a box's attributes by name."""
    return {a.attrib.get("name", ""): a.content for a in box.all("attribute")}


def read_cvat_xml(path: str | PathLike, ignore: Collection[str] = ()) -> CvatXml:
    """Read an export of a task, a job or a project with several tasks.

    The file is parsed as a stream. Document type declarations, and thus entities, are
    refused.

    Args:
        path: The XML file, format 'CVAT for video 1.1'.
        ignore: Labels whose tracks are not looked at.

    Returns:
        Labels, tasks and tracks.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no such export or has faults; names track, frame and
            value.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"CVAT export {path} is missing")
    with path.open("rb") as file:
        parts = parse_cvat_video(path, file, ignore)
    tasks = _tasks_by_id(path, parts.tasks)
    only = next(iter(tasks)) if len(tasks) == 1 else None
    labels = parts.labels or list(dict.fromkeys(t.label for t in parts.tracks))
    tracks = []
    problems = list(parts.problems)
    for track in parts.tracks:
        place = f"track {track.track_id}"
        task_id = track.task_id or only
        if task_id not in tasks:
            text = f"task_id {track.task_id!r} is not one of {list(tasks)}"
            problems.append(f"{place}: {text}")
        elif track.label not in labels:
            problems.append(f"{place}: label {track.label!r} is not one of {labels}")
        else:
            problems += _beyond_task(place, track, tasks[task_id])
            tracks.append(replace(track, task_id=task_id))
    raise_problems(path, problems, _FIX)
    return CvatXml(labels, tasks, tracks, parts.left_out)


def _tasks_by_id(path: Path, tasks: Sequence[CvatTask]) -> dict[str, CvatTask]:
    by_id = {task.task_id: task for task in tasks}
    if len(by_id) < len(tasks):
        raise ValueError(f"{path}: two tasks have the same id")
    return by_id or {"": CvatTask("", "")}


def _beyond_task(place: str, track: CvatTrack, task: CvatTask) -> list[str]:
    """Boxes behind the task's end; only the closing one, which is outside, may be."""
    if task.last_frame is None:
        return []
    inside = (track.frames >= task.first_frame) & (track.frames <= task.last_frame)
    return [
        f"{place}: frame {frame} is not in {task.first_frame}..{task.last_frame}, the "
        f"frames of task {task.name or task.task_id!r}"
        for frame in track.frames[~track.outside & ~inside][:1]
    ]
