"""CvatWriter: streaming writer of a CVAT-for-video 1.1 project export."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import numpy as np

# A real export carries the time of export; a constant keeps the file reproducible.
_TIME = "2020-01-01 00:00:00.000000+00:00"


class CvatWriter:
    """Writes tracks one by one; memory does not grow with their number.

    Use as a context manager. The layout is that of CVAT 1.1 for video, exported from
    a project: one task per source video, frames counted from 0 within each task.

    Args:
        path: File to write.
        project: Name of the project.
        labels: Labels of the project, in order.
        tasks: Name (file name of the video) and number of frames of each task. Task
            ids are 1, 2, ... in this order.
        size: Width and height of the videos in pixels.
    """

    def __init__(
        self,
        path: Path,
        project: str,
        labels: Sequence[str],
        tasks: Sequence[tuple[str, int]],
        size: tuple[int, int],
    ) -> None:
        self._path = path
        self._head = (project, list(labels), list(tasks), size)
        self._file: IO[str] | None = None
        self._tracks = 0

    def __enter__(self) -> "CvatWriter":
        self._file = self._path.open("w", encoding="utf-8", newline="\n")
        self._xml = XMLGenerator(self._file, "utf-8", short_empty_elements=False)
        self._depth = 0
        self._xml.startDocument()
        self._open("annotations")
        self._leaf("version", "1.1")
        self._write_meta(*self._head)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is None:
            return
        try:
            if kind is None:
                self._close("annotations")
                self._xml.endDocument()
        finally:
            self._file.close()

    def write_track(
        self, label: str, task_id: int, start: int, boxes: np.ndarray, num_frames: int
    ) -> None:
        """Write one track: a box per frame and the closing box with ``outside="1"``.

        Args:
            label: Label of the track.
            task_id: 1-based id of the task.
            start: First frame, 0-based within the task.
            boxes: Corners (xtl, ytl, xbr, ybr) in pixels, shape (T, 4).
            num_frames: Length of the task's video. A track that goes on to its last
                frame has no closing box, as in CVAT.
        """
        self._open(
            "track",
            id=str(self._tracks),
            label=label,
            source="manual",
            task_id=str(task_id),
            subset="default",
        )
        for index, box in enumerate(boxes.tolist()):
            self._write_box(start + index, box, outside=False, keyframe=index == 0)
        stop = start + len(boxes)
        if stop < num_frames:
            self._write_box(stop, boxes[-1].tolist(), outside=True, keyframe=True)
        self._close("track")
        self._tracks += 1

    def _write_box(
        self, frame: int, box: Sequence[float], *, outside: bool, keyframe: bool
    ) -> None:
        corners = dict(zip(("xtl", "ytl", "xbr", "ybr"), box, strict=True))
        self._leaf(
            "box",
            frame=str(frame),
            keyframe=str(int(keyframe)),
            outside=str(int(outside)),
            occluded="0",
            **{name: f"{value:.2f}" for name, value in corners.items()},
            z_order="0",
        )

    def _write_meta(
        self,
        project: str,
        labels: Sequence[str],
        tasks: Sequence[tuple[str, int]],
        size: tuple[int, int],
    ) -> None:
        self._open("meta")
        self._open("project")
        for name, text in (("id", "1"), ("name", project), ("created", _TIME)):
            self._leaf(name, text)
        self._leaf("updated", _TIME)
        self._open("tasks")
        for index, (name, num_frames) in enumerate(tasks):
            self._write_task(index + 1, name, num_frames, size)
        self._close("tasks")
        self._open("labels")
        for label in labels:
            self._open("label")
            for name, text in (("name", label), ("color", "#33ddff"), ("type", "any")):
                self._leaf(name, text)
            self._leaf("attributes")
            self._close("label")
        self._close("labels")
        self._leaf("subsets", "default")
        self._close("project")
        self._leaf("dumped", _TIME)
        self._close("meta")

    def _write_task(
        self, task_id: int, name: str, num_frames: int, size: tuple[int, int]
    ) -> None:
        self._open("task")
        for field, text in (
            ("id", str(task_id)),
            ("name", name),
            ("size", str(num_frames)),
            ("mode", "interpolation"),
            ("overlap", "0"),
            ("subset", "default"),
            ("start_frame", "0"),
            ("stop_frame", str(num_frames - 1)),
            ("frame_filter", ""),
        ):
            self._leaf(field, text)
        self._open("original_size")
        self._leaf("width", str(size[0]))
        self._leaf("height", str(size[1]))
        self._close("original_size")
        self._leaf("source", name)
        self._close("task")

    def _open(self, name: str, **attributes: str) -> None:
        self._xml.ignorableWhitespace("\n" + "  " * self._depth)
        self._xml.startElement(name, AttributesImpl(attributes))
        self._depth += 1

    def _close(self, name: str) -> None:
        self._depth -= 1
        self._xml.ignorableWhitespace("\n" + "  " * self._depth)
        self._xml.endElement(name)

    def _leaf(self, name: str, text: str = "", **attributes: str) -> None:
        self._xml.ignorableWhitespace("\n" + "  " * self._depth)
        self._xml.startElement(name, AttributesImpl(attributes))
        self._xml.characters(text)
        self._xml.endElement(name)
