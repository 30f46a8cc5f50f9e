"""Tracks of a CVAT export as boxes on every frame of their tasks."""

from collections import Counter
from dataclasses import replace

import numpy as np

from stal_plugin.annotations.importers.cvat_tracks import CvatTask, CvatTrack, CvatXml
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.problems import raise_problems

_FIX = "Use the video that was annotated, or say with the options how to read the file"


def boxes_of_tracks(
    xml: CvatXml, library: VideoLibrary, options: ImportOptions
) -> ToolBoxes:
    """Interpolate tracks between their key frames, as CVAT does.

    Flags and attributes of a box hold until the track's next box. A task that takes
    every n-th frame of its video (``frame_filter``) has boxes on these frames only.

    Args:
        xml: A CVAT export.
        library: The videos; a track without an end lasts as long as its video.
        options: Where the actions are (CVAT has tracks of its own), whether occluded
            boxes are left out, and the step of all tasks, if the export is wrong.

    Returns:
        Boxes in pixels, frames from 0. The frames of the tasks are ``listed``.

    Raises:
        FileNotFoundError: A task has no video.
        ValueError: Frames of tasks, tracks and videos do not fit; names them.
    """
    left_out = Counter(xml.left_out)
    sizes: dict[str, tuple[int, int] | None] = {}
    names: dict[str, str] = {}
    frames: dict[str, range] = {}
    listed: dict[str, list[float]] = {}
    problems: list[str] = []
    tasks = _tasks_to_read(xml, library, options, left_out)
    for task in tasks.values():
        name = _video_name(task, library)
        names[task.task_id] = name
        last = _last_frame(task, name, library, left_out)
        step = options.step or task.step
        problems += [] if options.step else _odd_range(task)
        frames[task.task_id] = range(task.first_frame, last + 1, step)
        listed.setdefault(name, []).extend(frames[task.task_id])
        size = (task.width, task.height) if task.width and task.height else None
        sizes[name] = size
    tracks = _distinct([t for t in xml.tracks if t.task_id in tasks], names)
    for track in tracks:
        video = names[track.task_id]
        length = library.get(video)[1].num_frames
        problems += _odd_frames(track, frames[track.task_id], video, length)
    raise_problems("frames", problems, _FIX)
    attributes: set[str] = set()
    rows: list[ToolRow] = []
    for track in tracks:
        attributes |= {name for own in track.attributes for name in own}
        video, own = names[track.task_id], frames[track.task_id]
        rows += _rows_of_track(track, video, own, options, left_out)
    return boxes_of_rows(
        *(rows, sizes, () if options.rule.attributes else xml.labels),
        base=0,
        true_frames=True,
        attributes=attributes,
        left_out=left_out,
        listed=listed,
        sparse=True,
    )


def _tasks_to_read(
    xml: CvatXml, library: VideoLibrary, options: ImportOptions, left_out: Counter[str]
) -> dict[str, CvatTask]:
    """All tasks, or those whose videos are there."""
    if not options.present_only:
        return xml.tasks
    present = {}
    for key, task in xml.tasks.items():
        try:
            _video_name(task, library)
            present[key] = task
        except FileNotFoundError:
            left_out["tasks whose videos are not there"] += 1
    return present


def _odd_range(task: CvatTask) -> list[str]:
    """What is wrong between the number of a task's frames, their range and step."""
    if task.size is None or task.last_frame is None:
        return []
    count = max(0, (task.last_frame - task.first_frame) // task.step + 1)
    if count == task.size:
        return []
    return [
        f"task {task.name or task.task_id!r} has {task.size} frames, but "
        f"{task.first_frame}..{task.last_frame} in steps of {task.step} are {count}: "
        "which frames of the video are they? --step decides"
    ]


def _odd_frames(track: CvatTrack, frames: range, video: str, length: int) -> list[str]:
    """Boxes of a track on frames that its task or video does not have."""
    place = f"track {track.track_id}"
    for frame in track.frames[~track.outside].tolist():
        if frame >= length:
            return [
                f"{place}: a box on frame {frame} (from 0) of {video!r}, which has "
                f"{length} frames: this is not the video that was annotated, or it was "
                "cut or converted to another frame rate. Use the annotated one"
            ]
        if frame not in frames:
            shown = f"{frames.start}, {frames.start + frames.step}, ..."
            return [
                f"{place}: frame {frame} is none of the task's frames {shown}: is "
                "every frame in the task? --step 1"
            ]
    return []


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


def _rows_of_track(
    track: CvatTrack,
    video: str,
    task_frames: range,
    options: ImportOptions,
    left_out: Counter[str],
) -> list[ToolRow]:
    frames, boxes = track.visible_boxes(task_frames.stop - 1)
    in_task = (frames - task_frames.start) % task_frames.step == 0
    governing = track.governing_boxes(task_frames.stop - 1)[in_task]
    frames, boxes = frames[in_task], boxes[in_task]
    left_out["tracks that are nowhere visible"] += not len(frames)
    left_out["boxes after a track's last one, which CVAT does not end; kept"] += int(
        (frames > track.frames[-1:]).sum()
    )
    none: tuple[dict[str, str], ...] = ({},) * len(track.frames)
    spans = np.bincount(governing, minlength=len(none)).tolist()
    shown = []
    for own, span in zip(track.attributes or none, spans, strict=True):
        reasons: Counter[str] = Counter()
        shown.append(options.rule.actions(track.label, own, reasons))
        left_out.update({reason: span * n for reason, n in reasons.items()})
    occluded = np.zeros(len(frames), bool)
    if len(track.occluded):
        occluded = track.occluded[governing]
    reason = "occluded boxes" + ("" if options.drop_occluded else ", which are kept")
    name, rows = track.track_id, []
    for action in dict.fromkeys(action for actions in shown for action in actions):
        has = np.array([action in actions for actions in shown], bool)[governing]
        left_out[reason] += int((has & occluded).sum())
        if options.drop_occluded:
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
