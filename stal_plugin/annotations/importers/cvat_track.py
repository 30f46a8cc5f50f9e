"""One task of a CVAT export."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import BinaryIO
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CvatTask:
    """One task, that is one video, of a CVAT export.

    Args:
        task_id: CVAT's number of the task; '' where the export has none.
        name: Name of the task.
        source: Name of the video file as CVAT knew it; '' where it is not told.
        first_frame: First annotated frame, 0-based in the video.
        last_frame: Last annotated frame; None where the export does not tell.
        width: Width in pixels that the boxes refer to; None where it is not told.
        height: Height in pixels that the boxes refer to; None where it is not told.
    """

    task_id: str
    name: str
    source: str = ""
    first_frame: int = 0
    last_frame: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class CvatTrack:
    """Boxes of one object, as CVAT writes them.

    Args:
        track_id: CVAT's number of the track.
        label: The object's label.
        task_id: Task that the track belongs to; '' in an export of one task.
        frames: ``(N,)`` int64, 0-based, increasing.
        boxes: ``(N, 4)`` float64 xyxy in pixels.
        outside: ``(N,)`` bool, True where the object is not visible from here on.
        occluded: ``(N,)`` bool, True where it is partly hidden; () if unknown.
        attributes: Values by name of each box, ``N``; () if unknown.
    """

    track_id: str
    label: str
    task_id: str
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    outside: NDArray[np.bool_]
    occluded: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    attributes: tuple[Mapping[str, str], ...] = ()

    @property
    def ends_visible(self) -> bool:
        """Whether the track goes on to the end of its task."""
        return bool(len(self.frames)) and not self.outside[-1]

    def visible_boxes(
        self, last_frame: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Box of every frame on which the object is visible, by CVAT's rule.

        From a box that is not outside the object is visible until the frame before the
        next box, moving linearly towards it, even if that one is outside. After its
        last box it stays where it is until the end of the task; nothing is visible
        behind that.

        Args:
            last_frame: Last frame of the task, 0-based.

        Returns:
            Frames ``(M,)`` int64, 0-based and increasing, and boxes ``(M, 4)``.
        """
        spans = self._spans(last_frame)
        start = self.governing_boxes(last_frame)
        steps = np.arange(spans.sum()) - np.repeat(np.cumsum(spans) - spans, spans)
        target = self.boxes[np.minimum(start + 1, len(spans) - 1)]
        ratio = steps / np.maximum(self._following(last_frame) - self.frames, 1)[start]
        ratio = ratio[:, None]
        boxes = self.boxes[start] + ratio * (target - self.boxes[start])
        return self.frames[start] + steps, boxes

    def governing_boxes(self, last_frame: int) -> NDArray[np.int64]:
        """Place of the last box at or before each visible frame; its flags hold there.

        Args:
            last_frame: Last frame of the task, 0-based.

        Returns:
            ``(M,)``, parallel to :meth:`visible_boxes`.
        """
        spans = self._spans(last_frame)
        return np.repeat(np.arange(len(spans)), spans)

    def _spans(self, last_frame: int) -> NDArray[np.int64]:
        """Frames that each box stands for."""
        end = np.minimum(self._following(last_frame), last_frame + 1)
        return np.where(self.outside, 0, np.maximum(end - self.frames, 0))

    def _following(self, last_frame: int) -> NDArray[np.int64]:
        """Frame of the box after each one."""
        return np.append(self.frames[1:], last_frame + 1)


class XmlStream:
    """Read a large XML file element by element, without document types or entities.

    Args:
        path: The file, for errors.
        start: Called with name and attributes of each element when it opens.
        end: Called with its name and its text, without spaces around it, when it
            closes.
    """

    def __init__(
        self,
        path: str | PathLike,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str, str], None],
    ) -> None:
        #: Names of the elements that are open, the outermost first.
        self.open: list[str] = []
        self._path, self._start, self._end = path, start, end
        self._text: list[str] = []
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._on_start
        self._expat.EndElementHandler = self._on_end
        self._expat.CharacterDataHandler = self._text.append
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype

    @property
    def line(self) -> int:
        """Line of the file, 1-based."""
        return self._expat.CurrentLineNumber

    def parse(self, file: BinaryIO) -> None:
        """Read a whole file.

        Args:
            file: Opened in binary mode.

        Raises:
            ValueError: The file is no complete XML, or has a document type.
        """
        try:
            self._expat.ParseFile(file)
        except expat.ExpatError as error:
            raise ValueError(f"{self._path} is no complete XML file: {error}") from None

    def error(self, text: str) -> ValueError:
        """Make an error that names file and line."""
        return ValueError(f"{self._path}, line {self.line}: {text}")

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self.open.append(name)
        self._text.clear()
        self._start(name, attributes)

    def _on_end(self, name: str) -> None:
        self._end(name, "".join(self._text).strip())
        self.open.pop()
        self._text.clear()

    def _refuse_doctype(self, *_: object) -> None:
        raise self.error("a DOCTYPE, which CVAT never writes, is refused (entities)")
