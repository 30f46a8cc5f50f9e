"""Read the export format 'CVAT for video 1.1'."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from stal_plugin.datasets.formats.cvat_parser import CvatParser
from stal_plugin.datasets.formats.cvat_task import CvatTask
from stal_plugin.datasets.formats.cvat_track import CvatTrack


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
