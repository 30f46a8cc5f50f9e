"""Boxes of CVAT's tracks, on every frame where they are visible."""

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.action_rule import ActionRule
from stal_plugin.annotations.importers.cvat_track import CvatTask, CvatTrack
from stal_plugin.annotations.importers.cvat_video import CvatXml
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.importers.video_library import VideoLibrary

_Columns = list[list[NDArray]]


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
    columns: _Columns = [[] for _ in range(6)]
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
    for track in _distinct(xml.tracks, names):
        attributes |= {name for own in track.attributes for name in own}
        _check_frames(track, names[track.task_id], library)
        count = _add(columns[1:], track, last[track.task_id], rule, left_out)
        columns[0].append(np.full(count, names[track.task_id], dtype=object))
    boxes = _table(columns, sizes, xml, rule, attributes, left_out, drop_occluded)
    boxes.listed, boxes.sparse = listed, True
    return boxes


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


def _add(
    columns: _Columns,
    track: CvatTrack,
    last_frame: int,
    rule: ActionRule,
    left_out: Counter[str],
) -> int:
    """Append the columns of one track; returns the number of rows."""
    count = 0
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
    for action in dict.fromkeys(name for names in shown for name in names):
        has = np.array([action in names for names in shown], bool)[governing]
        occluded = np.zeros(has.sum(), bool)
        if len(track.occluded):
            occluded = track.occluded[governing][has]
        for column, values in zip(
            columns,
            (
                frames[has],
                boxes[has],
                np.full(has.sum(), action, dtype=object),
                np.full(has.sum(), track.track_id, dtype=object),
                occluded,
            ),
            strict=True,
        ):
            column.append(values)
        count += int(has.sum())
    return count


def _table(
    columns: _Columns,
    sizes: dict[str, tuple[int, int] | None],
    xml: CvatXml,
    rule: ActionRule,
    attributes: set[str],
    left_out: Counter[str],
    drop_occluded: bool,
) -> ToolBoxes:
    empty = [np.zeros(0, object), np.zeros(0), np.zeros((0, 4))]
    empty += [np.zeros(0, object), np.zeros(0, object), np.zeros(0, bool)]
    videos, frames, boxes, actions, tracks, occluded = (
        np.concatenate(column) if column else none
        for column, none in zip(columns, empty, strict=True)
    )
    reason = "occluded boxes" + ("" if drop_occluded else ", which are kept")
    left_out[reason] += int(occluded.sum())
    keep = ~occluded if drop_occluded else np.ones(len(frames), bool)
    places = [
        f"track {track}, frame {frame}"
        for track, frame in zip(tracks[keep], frames[keep], strict=True)
    ]
    by_attribute = list(dict.fromkeys(actions.tolist()))
    return ToolBoxes(
        sizes=sizes,
        classes=by_attribute if rule.attributes else xml.labels,
        video_ids=videos[keep],
        frames=frames[keep].astype(np.float64),
        boxes=boxes[keep],
        actions=actions[keep],
        tracks=tracks[keep],
        places=np.array(places, dtype=object),
        base=0,
        attributes=attributes,
        left_out=left_out,
    )
