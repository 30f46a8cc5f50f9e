"""Raw videos and the tasks that annotate them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.cvat_track import CvatTask
from stal_plugin.video import VideoReader

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


# UCF101 cuts several clips (c) of one group (g) from the same footage.
_UCF = re.compile(r"(?P<source>.+_g\d+)_c\d+")
# HMDB: body parts, camera motion, number of people, viewpoint, quality, clip.
_HMDB = "_[a-z]_(cm|nm)_np\\d+_(fr|ba|le|ri)_(goo|med|bad)_\\d+"


def source_footage(video: str) -> str:
    """Name of the footage that a clip of UCF101 or (J-)HMDB was cut from.

    Clips of one footage show the same scene and people.

    Args:
        video: ``class/video``, such as ``'Biking/v_Biking_g01_c04'`` or
            ``'catch/Ball_Tricks_catch_f_cm_np1_fr_med_2'``.

    Returns:
        ``'v_Biking_g01'`` or ``'Ball_Tricks'``; the video's own name where it follows
        neither rule.
    """
    action, name = Path(video).parent.name, Path(video).name
    hmdb = re.compile(f"(?P<source>.+)_{re.escape(action)}{_HMDB}")
    match = _UCF.fullmatch(name) or hmdb.fullmatch(name)
    return match["source"] if match else name


TURNS = (0, 90, 180, 270)


def annotated_size(
    video: str,
    told: tuple[int, int] | None,
    shown: tuple[int, int],
    rotate: int = 0,
) -> tuple[tuple[int, int], str]:
    """Size to divide boxes by.

    Args:
        video: The video, for errors and notes.
        told: Width and height that the annotation names; None if it does not.
        shown: Width and height of the video as it is shown, rotation applied.
        rotate: Clockwise turn in degrees that the boxes will get.

    Returns:
        Width and height that the boxes refer to before they are turned, and a note if
        the boxes are rescaled; '' if not.

    Raises:
        ValueError: The aspect ratios differ by more than the rounding of two pixels;
            says whether a rotation explains it.
    """
    turned = shown[::-1] if rotate % 180 else shown
    if told is None or told == turned:
        return turned, ""
    if _alike(told, turned):
        return told, (
            f"{video}: boxes of {told[0]}x{told[1]} pixels are rescaled to the video's "
            f"{shown[0]}x{shown[1]}"
        )
    text = (
        f"{video}: the annotation refers to {told[0]}x{told[1]} pixels, the video "
        f"shows {shown[0]}x{shown[1]}"
    )
    if _alike(told[::-1], turned):
        raise ValueError(
            f"{text}: the boxes were drawn without the rotation that the video asks "
            "for. Turn them with --rotate 90 (or 270), or annotate the video as shown"
        )
    raise ValueError(
        f"{text}, another aspect ratio: this is not the video that was annotated, or "
        "it was cropped. Use the annotated one, or name the true size with --size WxH"
    )


def turn_boxes(boxes: NDArray[np.float64], degrees: int) -> NDArray[np.float64]:
    """Turn normalised boxes with their image.

    Args:
        boxes: ``(N, 4)`` xyxy in [0, 1].
        degrees: Clockwise turn: 0, 90, 180 or 270.

    Returns:
        ``(N, 4)`` xyxy in the turned image.
    """
    x1, y1, x2, y2 = boxes.T
    turned = {
        0: (x1, y1, x2, y2),
        90: (1 - y2, x1, 1 - y1, x2),
        180: (1 - x2, 1 - y2, 1 - x1, 1 - y1),
        270: (y1, 1 - x2, y2, 1 - x1),
    }[degrees]
    return np.stack(turned, axis=1)


def _alike(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return abs(a[0] * b[1] - a[1] * b[0]) <= 2 * max(*a, *b)


def output_size(text: str, width: int, height: int) -> tuple[int, int]:
    """Size to scale a video to.

    Args:
        text: ``'keep'``, ``'WxH'``, or the length of the short side, which only ever
            shrinks a video and keeps its aspect ratio.
        width: Width of the footage in pixels.
        height: Height of the footage in pixels.

    Returns:
        Even width and height (H.264 with yuv420p has no odd ones).

    Raises:
        ValueError: The text is none of the three.
    """
    parts = text.lower().split("x")
    if text == "keep":
        size = (float(width), float(height))
    elif len(parts) == 2 and all(p.isdecimal() and int(p) > 0 for p in parts):
        size = (float(parts[0]), float(parts[1]))
    elif len(parts) == 1 and text.isdecimal() and int(text) > 0:
        scale = min(1.0, int(text) / min(width, height))
        size = (width * scale, height * scale)
    else:
        raise ValueError(f"size {text!r} is none of: keep, 160x90, 256 (short side)")
    even = [max(2, 2 * round(length / 2)) for length in size]
    return even[0], even[1]
