"""Read the export format 'CVAT for video 1.1'."""

from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.cvat_tracks import (
    CvatTask,
    CvatTrack,
    CvatXml,
)
from stal_plugin.annotations.importers.xml_stream import XmlStream

_CORNERS = ("xtl", "ytl", "xbr", "ybr")
_SHAPES = ("polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton")


class CvatParser:
    """Collects labels, tasks and tracks while the file runs through expat.

    Args:
        path: The file, for errors.
    """

    def __init__(self, path: str | PathLike) -> None:
        self.labels: list[str] = []
        self.tasks: list[CvatTask] = []
        self._tasks: list[dict[str, str]] = []
        self.tracks: list[CvatTrack] = []
        self._path = path
        self._stream = XmlStream(path, self._start, self._end)
        self._open = self._stream.open
        self._facts: dict[str, str] = {}  # of the task that is open
        self._defaults: dict[str, str] = {}  # facts beside the task, not in it
        self._track: dict[str, str] = {}
        self._boxes: list[dict[str, str]] = []
        self._attributes: list[dict[str, str]] = []  # of each box
        self._attribute = ""  # the one that is open

    def parse(self, file: BinaryIO) -> None:
        """Read a whole file.

        Args:
            file: Opened in binary mode.

        Raises:
            ValueError: The file has faults.
        """
        self._stream.parse(file)
        if len(self._tasks) == 1:
            self._tasks = [{**self._defaults, **self._tasks[0]}]
        self.tasks = [_make_task(facts, self._path) for facts in self._tasks]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._track:
            self._start_outside_track(name, attributes)
        elif name == "box":
            self._boxes.append(attributes)
            self._attributes.append({})
        elif name == "attribute":
            self._attribute = attributes.get("name", "")
        elif name in _SHAPES:
            raise self._stream.error(
                f"track {self._track.get('id')} has a {name}; only boxes are read"
            )

    def _start_outside_track(self, name: str, attributes: dict[str, str]) -> None:
        if name == "track":
            if "label" not in attributes or "id" not in attributes:
                raise self._stream.error(
                    f"a track needs id and label, has {attributes}"
                )
            self._track, self._boxes, self._attributes = attributes, [], []
        elif name == "image" and self._open == ["annotations", "image"]:
            raise self._stream.error(
                "this is an export in the format 'CVAT for images'; export the task "
                "again as 'CVAT for video 1.1'"
            )
        elif name in ("task", "job"):
            self._facts = {}
        elif len(self._open) == 1 and name != "annotations":
            raise self._stream.error(
                f"the file starts with <{name}>, an export of CVAT with <annotations>"
            )

    def _end(self, name: str, text: str) -> None:
        if name == "track":
            self._finish_track()
        elif name == "attribute" and self._open[-2] == "box" and self._attributes:
            self._attributes[-1][self._attribute] = text
        elif self._open[1:2] == ["meta"]:
            self._end_in_meta(name, text)

    def _end_in_meta(self, name: str, text: str) -> None:
        if self._open[-3:] == ["labels", "label", "name"]:
            if text not in self.labels:
                self.labels.append(text)
        elif name in ("task", "job") and self._open[-2] in ("meta", "tasks"):
            self._tasks.append(self._facts)
        elif self._open[-2] in ("task", "job", "original_size", "meta"):
            inside = {"task", "job"} & set(self._open[:-1])
            (self._facts if inside else self._defaults)[name] = text

    def _finish_track(self) -> None:
        frames = self._column("frame", np.int64)
        order = np.argsort(frames, kind="stable")
        corners = [self._column(corner, np.float64) for corner in _CORNERS]
        boxes = np.stack(corners, axis=1)[order]
        outside = self._column("outside", np.int64, "0")[order] != 0
        self._check_boxes(frames[order], boxes, outside)
        if np.any(self._column("rotation", np.float64, "0")):
            raise self._track_error("has a rotated box; only upright boxes are read")
        self.tracks.append(
            CvatTrack(
                track_id=self._track["id"],
                label=self._track["label"],
                task_id=self._track.get("task_id", ""),
                frames=frames[order],
                boxes=boxes,
                outside=outside,
                occluded=self._column("occluded", np.int64, "0")[order] != 0,
                attributes=tuple(self._attributes[i] for i in order),
            )
        )
        self._track, self._boxes, self._attributes = {}, [], []

    def _track_error(self, text: str) -> ValueError:
        return ValueError(f"{self._path}: track {self._track['id']} {text}")

    def _column(self, key: str, dtype: type, default: str | None = None) -> NDArray:
        texts = [box.get(key, default) for box in self._boxes]
        kind = int if dtype is np.int64 else float
        try:
            return np.array([kind(text) for text in texts], dtype=dtype)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            frames = [box.get("frame") for box in self._boxes]
            for frame, text in zip(frames, texts, strict=True):
                if not _is_number(text, kind):
                    raise self._track_error(
                        f"frame {frame}: {key} is {text!r}, must be a number"
                    ) from None
            raise

    def _check_boxes(self, frames: NDArray, boxes: NDArray, outside: NDArray) -> None:
        if len(frames) and frames[0] < 0:
            raise self._track_error(f"frame {frames[0]}: frames count from 0")
        repeated = np.flatnonzero(np.diff(frames) == 0)
        if len(repeated):
            raise self._track_error(f"has two boxes on frame {frames[repeated[0]]}")
        good = np.isfinite(boxes).all(1) & (boxes[:, :2] < boxes[:, 2:]).all(1)
        bad = np.flatnonzero(~good & ~outside)
        if len(bad):
            raise self._track_error(
                f"frame {frames[bad[0]]}: box {boxes[bad[0]].tolist()} has no area "
                "(xtl ytl xbr ybr, xtl < xbr, ytl < ybr)"
            )


def _is_number(text: str | None, kind: type) -> bool:
    try:
        return abs(kind(text)) < 2**63
    except (TypeError, ValueError):
        return False


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
    parser = CvatParser(path)
    with path.open("rb") as file:
        parser.parse(file)
    tasks = {task.task_id: task for task in parser.tasks} or {"": CvatTask("", "")}
    if len(tasks) < len(parser.tasks):
        raise ValueError(f"{path}: two tasks have the same id")
    only = next(iter(tasks)) if len(tasks) == 1 else None
    labels = parser.labels or list(dict.fromkeys(t.label for t in parser.tracks))
    tracks = []
    for track in parser.tracks:
        place = f"{path}: track {track.track_id}"
        task_id = track.task_id or only
        if task_id not in tasks:
            raise ValueError(
                f"{place}: task_id {track.task_id!r} is not one of {list(tasks)}"
            )
        if track.label not in labels:
            raise ValueError(f"{place}: label {track.label!r} is not one of {labels}")
        _check_end(place, track, tasks[task_id])
        tracks.append(CvatTrack(**{**vars(track), "task_id": task_id}))
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
