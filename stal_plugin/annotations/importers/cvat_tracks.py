"""Tasks and tracks of CVAT exports: boxes on every frame where they are visible."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary


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


@dataclass(frozen=True)
class CvatXml:
    """Contents of a CVAT export.

    Args:
        labels: All labels of the project or task, those without a track included.
        tasks: The tasks by CVAT's number; that of an export without numbers is ''.
        tracks: The tracks of all tasks in the order of the file.
    """

    labels: list[str]
    tasks: dict[str, CvatTask]
    tracks: list[CvatTrack]


def boxes_of_tracks(
    xml: CvatXml, library: VideoLibrary, rule: ActionRule, drop_occluded: bool = False
) -> ToolBoxes:
    """Interpolate tracks between their key frames, as CVAT does.

    Flags and attributes of a box hold until the track's next box.

    Args:
        xml: A CVAT export.
        library: The videos; a track without an end lasts as long as its video.
        rule: Where the actions are; CVAT has tracks of its own.
        drop_occluded: Leave out boxes that are marked as occluded.

    Returns:
        Boxes in pixels, frames from 0. The frames of the tasks are ``listed``.

    Raises:
        FileNotFoundError: A task has no video.
        ValueError: A box is behind the end of its video.
    """
    left_out: Counter[str] = Counter()
    sizes: dict[str, tuple[int, int] | None] = {}
    names: dict[str, str] = {}
    last: dict[str, int] = {}
    listed: dict[str, list[float]] = {}
    for task in xml.tasks.values():
        name = _video_name(task, library)
        names[task.task_id] = name
        last[task.task_id] = _last_frame(task, name, library, left_out)
        own = range(task.first_frame, last[task.task_id] + 1)
        listed.setdefault(name, []).extend(own)
        size = (task.width, task.height) if task.width and task.height else None
        sizes[name] = size
    attributes: set[str] = set()
    rows: list[ToolRow] = []
    for track in _distinct(xml.tracks, names):
        attributes |= {name for own in track.attributes for name in own}
        video, end = names[track.task_id], last[track.task_id]
        _check_frames(track, video, library)
        rows += _rows_of_track(track, video, end, rule, left_out, drop_occluded)
    return boxes_of_rows(
        *(rows, sizes, () if rule.attributes else xml.labels),
        base=0,
        attributes=attributes,
        left_out=left_out,
        listed=listed,
        sparse=True,
    )


def _video_name(task: CvatTask, library: VideoLibrary) -> str:
    """The task's source, or its name where that is the video's."""
    for name in (task.source, task.name):
        if name:
            try:
                library.find(name)
            except FileNotFoundError:
                continue
            return name
    if len(library.files) == 1 and not task.source:
        return library.files[0].name
    library.find(task.source or task.name)  # raises
    return ""


def _last_frame(
    task: CvatTask, name: str, library: VideoLibrary, left_out: Counter[str]
) -> int:
    """Last frame of a task that its video has, too."""
    last = library.get(name)[1].num_frames - 1
    if task.last_frame is None:
        return last
    beyond = "frames of CVAT's tasks that their videos do not have"
    left_out[beyond] += max(task.last_frame - last, 0)
    return min(task.last_frame, last)


def _distinct(tracks: list[CvatTrack], names: dict[str, str]) -> list[CvatTrack]:
    """Give tracks of one video with one number names of their own."""
    count: Counter[tuple[str, str]] = Counter()
    distinct = []
    for track in tracks:
        key = names[track.task_id], track.track_id
        count[key] += 1
        name = track.track_id if count[key] == 1 else f"{key[1]}#{count[key]}"
        distinct.append(replace(track, track_id=name))
    return distinct


def _check_frames(track: CvatTrack, name: str, library: VideoLibrary) -> None:
    length = library.get(name)[1].num_frames
    beyond = track.frames[~track.outside & (track.frames >= length)]
    if len(beyond):
        raise ValueError(
            f"track {track.track_id}: a box on frame {beyond[0]} (from 0) of {name!r}, "
            f"which has {length} frames: this is not the video that was annotated, or "
            "it was cut or converted to another frame rate. Use the annotated one"
        )


def _rows_of_track(
    track: CvatTrack,
    video: str,
    last_frame: int,
    rule: ActionRule,
    left_out: Counter[str],
    drop_occluded: bool,
) -> list[ToolRow]:
    frames, boxes = track.visible_boxes(last_frame)
    governing = track.governing_boxes(last_frame)
    left_out["tracks that are nowhere visible"] += not len(frames)
    left_out["boxes after a track's last one, which CVAT does not end; kept"] += int(
        (frames > track.frames[-1:]).sum()
    )
    none: tuple[dict[str, str], ...] = ({},) * len(track.frames)
    spans = np.bincount(governing, minlength=len(none)).tolist()
    shown = []
    for own, span in zip(track.attributes or none, spans, strict=True):
        reasons: Counter[str] = Counter()
        shown.append(rule.actions(track.label, own, reasons))
        left_out.update({reason: span * n for reason, n in reasons.items()})
    occluded = np.zeros(len(frames), bool)
    if len(track.occluded):
        occluded = track.occluded[governing]
    reason = "occluded boxes" + ("" if drop_occluded else ", which are kept")
    name, rows = track.track_id, []
    for action in dict.fromkeys(action for actions in shown for action in actions):
        has = np.array([action in actions for actions in shown], bool)[governing]
        left_out[reason] += int((has & occluded).sum())
        if drop_occluded:
            has &= ~occluded
        rows += [
            ToolRow(
                video, frame, tuple(box), action, name, f"track {name}, frame {frame}"
            )
            for frame, box in zip(
                frames[has].tolist(), boxes[has].tolist(), strict=True
            )
        ]
    return rows
