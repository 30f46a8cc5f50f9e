"""Clips of the Agot data: visible parts of CVAT's tracks on their footage.

What the paper counts as a clip is one track (arXiv:2012.08097, section 7.1).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.box_geometry import normalize_boxes
from stal_plugin.annotations.importers.cvat_tracks import CvatTask, CvatTrack
from stal_plugin.annotations.importers.videos import VIDEO_SUFFIXES
from stal_plugin.video import VideoReader


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
    by_name: dict[str, Footage] = {}
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
        if footage.name in by_name:
            raise ValueError(f"two CVAT tasks have the same video {path}")
        by_name[footage.name] = footage
    return list(by_name.values())


def _find(task: CvatTask, files: list[Path]) -> Path | None:
    for name in (Path(task.source).name, Path(task.name).name):
        for file in files:
            if name and name in (file.name, file.stem):
                return file
        stems = {file.stem: file for file in files}
        if Path(name).stem in stems and Path(name).suffix in VIDEO_SUFFIXES:
            return stems[Path(name).stem]
    return None


def _footage(task: CvatTask, path: Path) -> Footage:
    if task.step != 1:
        raise ValueError(
            f"CVAT task {task.name or task.task_id!r} has every {task.step}th frame of "
            "its video (frame_filter); this converter needs every frame. Use "
            "tools/data.py import --from cvat"
        )
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


_TOLERANCE = 2.0  # pixels; CVAT itself rounds to 0.01


@dataclass(frozen=True)
class LabelledClip:
    """One action of one person, on the frames where it is visible.

    Args:
        source: Name of the footage.
        label: The action.
        person_id: Number of the track.
        frames: ``(N,)`` int64, 0-based in the footage, increasing.
        boxes: ``(N, 4)`` xyxy, normalised.
    """

    source: str
    label: str
    person_id: int
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]


@dataclass
class ClipReport:
    """What happened to the tracks on the way.

    Args:
        clipped_boxes: Boxes that stuck out of the image a little.
        held_boxes: Boxes after the last one of a track that CVAT does not end.
        invisible_tracks: Numbers of tracks that are nowhere visible.
    """

    clipped_boxes: int = 0
    held_boxes: int = 0
    invisible_tracks: list[str] | None = None


def clips_of_tracks(
    tracks: Sequence[CvatTrack], footage: Sequence[Footage]
) -> tuple[list[LabelledClip], ClipReport]:
    """Make a clip of each track that is visible.

    Args:
        tracks: Tracks of a CVAT export.
        footage: Footage of its tasks.

    Returns:
        Clips in the order of the tracks, and a report.

    Raises:
        ValueError: A box lies outside the image.
    """
    by_task = {item.task_id: item for item in footage}
    report = ClipReport(invisible_tracks=[])
    ids = _person_ids(tracks)
    clips = []
    for track, person_id in zip(tracks, ids, strict=True):
        source = by_task[track.task_id]
        frames, boxes = track.visible_boxes(source.last_frame)
        if not len(frames):
            assert report.invisible_tracks is not None
            report.invisible_tracks.append(track.track_id)
            continue
        report.held_boxes += int((frames > track.frames[-1]).sum())
        boxes, clipped = normalize_boxes(
            boxes,
            (source.width, source.height),
            _TOLERANCE,
            lambda i, t=track, f=frames: (  # type: ignore[misc]
                f"{source.path.name}: track {t.track_id}, frame {f[i]}"  # noqa: B023
            ),
        )
        report.clipped_boxes += clipped
        clips.append(LabelledClip(source.name, track.label, person_id, frames, boxes))
    return clips, report


def _person_ids(tracks: Sequence[CvatTrack]) -> list[int]:
    """CVAT's numbers, or the places in the file where they are no unique numbers."""
    texts = [track.track_id for track in tracks]
    if all(text.isdecimal() for text in texts) and len(set(texts)) == len(texts):
        return [int(text) for text in texts]
    return list(range(len(tracks)))
