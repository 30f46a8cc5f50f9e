"""Read the export format 'CVAT for video 1.1'."""

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.cvat_tracks import CvatTask, CvatTrack, CvatXml
from stal_plugin.annotations.importers.xml_stream import (
    XmlElement,
    xml_error,
    xml_parts,
)

_CORNERS = ("xtl", "ytl", "xbr", "ybr")
_SHAPES = ("polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton")


def parse_cvat_video(
    path: str | PathLike, file: BinaryIO
) -> tuple[list[str], list[CvatTask], list[CvatTrack]]:
    """Read what stands in the file, without comparing its parts.

    Args:
        path: The file, for errors.
        file: Opened in binary mode.

    Returns:
        Labels, tasks and tracks in the order of the file.

    Raises:
        ValueError: The file has faults; names line or track and frame.
    """
    labels: list[str] = []
    tasks: list[CvatTask] = []
    tracks: list[CvatTrack] = []
    for part in xml_parts(path, file):
        if part.tag == "meta":
            labels += cvat_labels(part)
            tasks += _tasks(path, part)
        elif part.tag == "track":
            tracks.append(_track(path, part))
        elif part.tag == "image":
            text = (
                "this is an export in the format 'CVAT for images'; export the task "
                "again as 'CVAT for video 1.1'"
            )
            raise xml_error(path, part.line, text)
    return labels, tasks, tracks


def cvat_labels(meta: XmlElement) -> list[str]:
    """Names of all labels in an export's ``meta``, each once."""
    names = [
        name.content
        for labels in meta.walk()
        if labels.tag == "labels"
        for label in labels.all("label")
        for name in label.all("name")
    ]
    return list(dict.fromkeys(names))


def _tasks(path: str | PathLike, meta: XmlElement) -> list[CvatTask]:
    facts = [_facts(e) for e in meta.walk() if e.tag in ("task", "job")]
    if len(facts) == 1:  # some facts may stand beside the task, not in it
        facts = [{**_facts(meta), **facts[0]}]
    return [_make_task(own, path) for own in facts]


def _facts(element: XmlElement) -> dict[str, str]:
    sizes = [leaf for size in element.all("original_size") for leaf in size.children]
    return {e.tag: e.content for e in [*element.children, *sizes] if not e.children}


def _track(path: str | PathLike, track: XmlElement) -> CvatTrack:
    if "label" not in track.attrib or "id" not in track.attrib:
        text = f"a track needs id and label, has {track.attrib}"
        raise xml_error(path, track.line, text)
    for element in track.children:
        if element.tag in _SHAPES:
            shown = f"track {track.attrib['id']} has a {element.tag}"
            text = f"{shown}; only boxes are read"
            raise xml_error(path, element.line, text)
    boxes = sorted(track.all("box"), key=lambda box: _frame(box.attrib.get("frame")))
    place = f"{path}: track {track.attrib['id']}"
    frames = _column(place, boxes, "frame", int)
    corners = np.stack([_column(place, boxes, c, float) for c in _CORNERS], axis=1)
    outside = _column(place, boxes, "outside", int, "0") != 0
    _check_boxes(place, frames, corners, outside)
    if np.any(_column(place, boxes, "rotation", float, "0")):
        raise ValueError(f"{place} has a rotated box; only upright boxes are read")
    return CvatTrack(
        track_id=track.attrib["id"],
        label=track.attrib["label"],
        task_id=track.attrib.get("task_id", ""),
        frames=frames,
        boxes=corners,
        outside=outside,
        occluded=_column(place, boxes, "occluded", int, "0") != 0,
        attributes=tuple(cvat_attributes(box) for box in boxes),
    )


def cvat_attributes(box: XmlElement) -> dict[str, str]:
    """Values of a box's attributes by name."""
    return {a.attrib.get("name", ""): a.content for a in box.all("attribute")}


def _frame(text: str | None) -> int:
    """Number to sort by; faulty ones are named later."""
    try:
        return int(text or 0)
    except ValueError:
        return 0


def _column(
    place: str,
    boxes: Sequence[XmlElement],
    key: str,
    kind: type[int] | type[float],
    default: str | None = None,
) -> NDArray:
    values: list[float] = []
    for box in boxes:
        text = box.attrib.get(key, default)
        try:
            value = kind(text)  # type: ignore[arg-type]
            if kind is int and abs(value) >= 2**63:
                raise ValueError
        except (TypeError, ValueError):
            frame = box.attrib.get("frame")
            raise ValueError(
                f"{place} frame {frame}: {key} is {text!r}, must be a number"
            ) from None
        values.append(value)
    return np.array(values, dtype=np.int64 if kind is int else np.float64)


def _check_boxes(place: str, frames: NDArray, boxes: NDArray, outside: NDArray) -> None:
    if len(frames) and frames[0] < 0:
        raise ValueError(f"{place} frame {frames[0]}: frames count from 0")
    repeated = np.flatnonzero(np.diff(frames) == 0)
    if len(repeated):
        raise ValueError(f"{place} has two boxes on frame {frames[repeated[0]]}")
    good = np.isfinite(boxes).all(1) & (boxes[:, :2] < boxes[:, 2:]).all(1)
    bad = np.flatnonzero(~good & ~outside)
    if len(bad):
        raise ValueError(
            f"{place} frame {frames[bad[0]]}: box {boxes[bad[0]].tolist()} has no area "
            "(xtl ytl xbr ybr, xtl < xbr, ytl < ybr)"
        )


def _make_task(facts: dict[str, str], path: str | PathLike) -> CvatTask:
    numbers: dict[str, int | None] = {}
    for key in ("size", "start_frame", "stop_frame", "width", "height"):
        text = facts.get(key, "")
        if text and not text.isdecimal():
            raise ValueError(f"{path}: {key} of a task is {text!r}, must be a number")
        numbers[key] = int(text) if text else None
    first = numbers["start_frame"] or 0
    last = numbers["stop_frame"]
    if last is None and numbers["size"] is not None:
        last = first + numbers["size"] - 1
    return CvatTask(
        task_id=facts.get("id", ""),
        name=facts.get("name", ""),
        source=facts.get("source", ""),
        first_frame=first,
        last_frame=last,
        width=numbers["width"],
        height=numbers["height"],
    )


def read_cvat_xml(path: str | PathLike) -> CvatXml:
    """Read an export of a task, a job or a project with several tasks.

    The file is parsed as a stream. Document type declarations, and thus entities, are
    refused.

    Args:
        path: The XML file, format 'CVAT for video 1.1'.

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
        names, own, read = parse_cvat_video(path, file)
    tasks = {task.task_id: task for task in own} or {"": CvatTask("", "")}
    if len(tasks) < len(own):
        raise ValueError(f"{path}: two tasks have the same id")
    only = next(iter(tasks)) if len(tasks) == 1 else None
    labels = names or list(dict.fromkeys(track.label for track in read))
    tracks = []
    for track in read:
        place = f"{path}: track {track.track_id}"
        task_id = track.task_id or only
        if task_id not in tasks:
            raise ValueError(
                f"{place}: task_id {track.task_id!r} is not one of {list(tasks)}"
            )
        if track.label not in labels:
            raise ValueError(f"{place}: label {track.label!r} is not one of {labels}")
        _check_end(place, track, tasks[task_id])
        tracks.append(replace(track, task_id=task_id))
    return CvatXml(labels, tasks, tracks)


def _check_end(place: str, track: CvatTrack, task: CvatTask) -> None:
    """Only the closing box, which is outside, may lie behind the task's end."""
    if task.last_frame is None:
        return
    inside = (track.frames >= task.first_frame) & (track.frames <= task.last_frame)
    beyond = track.frames[~track.outside & ~inside]
    if len(beyond):
        raise ValueError(
            f"{place}: frame {beyond[0]} is not in {task.first_frame}.."
            f"{task.last_frame}, the frames of task {task.name or task.task_id!r}"
        )
