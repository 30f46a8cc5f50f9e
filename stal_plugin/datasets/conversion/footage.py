"""Raw videos and the tasks that annotate them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stal_plugin.datasets.formats.cvat_task import CvatTask
from stal_plugin.datasets.video import VideoReader

VIDEO_SUFFIXES = (".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".ts")


@dataclass(frozen=True)
class Footage:
    """One raw video and its annotated stretch.

    Args:
        name: Name of the file without suffix.
        path: The video file.
        task_id: CVAT task that annotates it.
        reader: Reader of the file.
        first_frame: First annotated frame, 0-based.
        last_frame: Last annotated frame.
        width: Width in pixels that the boxes refer to.
        height: Height in pixels that the boxes refer to.
    """

    name: str
    path: Path
    task_id: str
    reader: VideoReader
    first_frame: int
    last_frame: int
    width: int
    height: int


def find_footage(tasks: Iterable[CvatTask], folder: Path) -> list[Footage]:
    """Find the video of each task and compare the two.

    A video is found by the task's source, then by its name, with or without suffix.

    Args:
        tasks: Tasks of a CVAT export.
        folder: Folder of the videos.

    Returns:
        One footage per task, in the order of the tasks.

    Raises:
        FileNotFoundError: A task has no video.
        ValueError: Two tasks have one video, or task and video differ.
    """
    files = (
        sorted(f for f in folder.iterdir() if f.suffix.lower() in VIDEO_SUFFIXES)
        if folder.is_dir()
        else []
    )
    tasks = list(tasks)
    found: dict[str, Footage] = {}
    for task in tasks:
        path = _find(task, files)
        if path is None and len(tasks) == len(files) == 1 and not task.source:
            path = files[0]
        if path is None:
            raise FileNotFoundError(
                f"no video of CVAT task {task.name or task.task_id!r} (source "
                f"{task.source!r}) in {folder}; there are {[f.name for f in files]}"
            )
        footage = _footage(task, path)
        if footage.name in found:
            raise ValueError(f"two CVAT tasks have the same video {path}")
        found[footage.name] = footage
    return list(found.values())


def _find(task: CvatTask, files: list[Path]) -> Path | None:
    for wanted in (Path(task.source).name, Path(task.name).name):
        for file in files:
            if wanted and wanted in (file.name, file.stem):
                return file
        stems = {file.stem: file for file in files}
        if Path(wanted).stem in stems and Path(wanted).suffix in VIDEO_SUFFIXES:
            return stems[Path(wanted).stem]
    return None


def _footage(task: CvatTask, path: Path) -> Footage:
    reader = VideoReader(path, thread_type="AUTO")
    num_frames = reader.num_frames
    last = num_frames - 1 if task.last_frame is None else task.last_frame
    if not task.first_frame <= last < num_frames:
        raise ValueError(
            f"{path} has {num_frames} frames, but CVAT task "
            f"{task.name or task.task_id!r} annotates frames {task.first_frame} to "
            f"{last}: this is not the video that was annotated"
        )
    height, width = reader.read([task.first_frame])[0].shape[:2]
    size = (task.width or width, task.height or height)
    if abs(size[0] * height - size[1] * width) > 2 * max(width, height):
        raise ValueError(
            f"{path} has {width}x{height} pixels, but CVAT's original_size is "
            f"{size[0]}x{size[1]}, another aspect ratio"
        )
    return Footage(path.stem, path, task.task_id, reader, task.first_frame, last, *size)
