"""Tasks and tracks of CVAT exports: boxes on every frame where they are visible."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CvatTask:
    """One task, that is one video, of a CVAT export.

    Args:
        task_id: CVAT's number of the task; '' where the export has none.
        name: Name of the task.
        source: Name of the video file as CVAT knew it; '' where unknown.
        first_frame: First annotated frame, 0-based in the video.
        last_frame: Last annotated frame; None where the export does not tell.
        width: Width in pixels that the boxes refer to; None where unknown.
        height: Height in pixels that the boxes refer to; None where unknown.
        step: Distance of its frames in the video.
        size: Number of its frames; None where the export does not tell.
    """

    task_id: str
    name: str
    source: str = ""
    first_frame: int = 0
    last_frame: int | None = None
    width: int | None = None
    height: int | None = None
    step: int = 1
    size: int | None = None


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


@dataclass(frozen=True)
class CvatXml:
    """Contents of a CVAT export.

    Args:
        labels: All labels of the project or task, those without a track included.
        tasks: The tasks by CVAT's number; that of an export without numbers is ''.
        tracks: The tracks of all tasks in the order of the file.
        left_out: How many shapes were left out or taken by their extent, by reason.
    """

    labels: list[str]
    tasks: dict[str, CvatTask]
    tracks: list[CvatTrack]
    left_out: Counter[str] = field(default_factory=Counter)
