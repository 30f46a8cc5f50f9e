"""Videos of an imported data set: find, copy, measure and describe them."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from stal_plugin.annotations.annotation import FrameRanges, VideoInfo
from stal_plugin.annotations.names import video_problem
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.video import FrameFolderReader, VideoProbe, probe_video
from stal_plugin.video.copy_video import copy_video, link_video

#: Suffixes of videos that the decoder reads.
VIDEO_SUFFIXES = (
    *(".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".ts", ".mts", ".m2ts"),
    *(".wmv", ".asf", ".flv", ".f4v", ".mpg", ".mpeg", ".m2v", ".vob", ".3gp", ".3g2"),
    *(".ogv", ".mxf", ".dv", ".divx", ".gif", ".y4m"),
    *(".h264", ".264", ".h265", ".265", ".hevc", ".av1", ".ivf"),
)

# UCF101 cuts several clips (c) of one group (g) from the same footage.
_UCF = re.compile(r"(?P<source>.+_g\d+)_c\d+")

# Segments of AVA's movies around a labelled second, from 900 to 1799.
_AVA = re.compile(r"(?P<source>[\w-]{11})_(?:0?9|1[0-7])\d\d")

# MultiSports cuts several clips (c) of one video on YouTube.
_MULTISPORTS = re.compile(r"(?P<source>v_[\w-]{11})_c\d+")

# HMDB: body parts, camera motion, number of people, viewpoint, quality, clip.
_HMDB = "_[a-z]_(cm|nm)_np\\d+_(fr|ba|le|ri)_(goo|med|bad)_\\d+"


def source_footage(video: str) -> str:
    """Name of the footage that a clip of a published data set was cut from.

    UCF101, HMDB, J-HMDB, AVA and MultiSports have rules for the names of clips. Clips
    of one footage show the same scene and people.

    Args:
        video: ``class/video``, such as ``'Biking/v_Biking_g01_c04'`` or
            ``'catch/Ball_Tricks_catch_f_cm_np1_fr_med_2'``.

    Returns:
        ``'v_Biking_g01'`` or ``'Ball_Tricks'``; the video's own name where it follows
        no such rule.
    """
    action, name = Path(video).parent.name, Path(video).name
    hmdb = re.compile(f"(?P<source>.+)_{re.escape(action)}{_HMDB}")
    rules = (_UCF, hmdb, _AVA, _MULTISPORTS)
    match = next(filter(None, (rule.fullmatch(name) for rule in rules)), None)
    return match["source"] if match else name


def visible_files(folder: Path, *suffixes: str) -> list[Path]:
    """Files below a folder, without hidden ones (``.DS_Store``, ``._a.jpg``).

    Args:
        folder: The folder; a missing one has no files.
        *suffixes: Lower-case suffixes of the files.

    Returns:
        Their paths, sorted.
    """
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in suffixes
        and not any(
            part.startswith(".") or part == "__MACOSX"
            for part in file.relative_to(folder).parts
        )
        and file.is_file()
    )


_BRING: dict[str, Callable[[Path, Path, Callable[[], None]], Path]] = {
    "copy": copy_video,
    "link": link_video,
    "in-place": lambda source, target, before_replacing: source,
}


def find_videos(names: Iterable[str], folder: Path) -> dict[str, Path]:
    """Find the video or the folder of frames of each annotated video.

    Args:
        names: Videos, such as ``'Biking/v_Biking_g01_c01'``.
        folder: Holds them as ``class/video.mp4``, ``video.mp4`` or, as folders of
            images, ``class/video`` or ``video``.

    Returns:
        A path per video.

    Raises:
        FileNotFoundError: Some are missing; names the first ones.
        ValueError: A name leads out of the folder.
    """
    paths = {}
    names = list(names)
    problems = [
        f"video {name!r} {problem}"
        for name in names
        if (problem := video_problem(name))
    ]
    raise_problems(folder, problems, "Correct the name in the file that has it.")
    for video in names:
        stems = (folder / video, folder / Path(video).name)
        options = [s.with_name(s.name + e) for s in stems for e in VIDEO_SUFFIXES]
        options += [stem for stem in stems if stem.is_dir()]
        path = next((option for option in options if option.exists()), None)
        if path:
            paths[video] = path
    missing = [video for video in names if video not in paths]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(names)} videos are not in {folder}, such as "
            f"{missing[:3]} ({', '.join(VIDEO_SUFFIXES)} or a folder of images)"
        )
    return paths


def bring_videos(
    videos: dict[str, Path],
    folder: Path,
    how: str,
    fps: float,
    advance: Callable[[int], None] = lambda _: None,
    before_replacing: Callable[[], None] = lambda: None,
) -> dict[str, tuple[Path, VideoProbe]]:
    """Copy or link videos, or leave them, and count their frames by decoding.

    A folder of images is counted by its files; its first image tells the size.

    Args:
        videos: Path of each video.
        folder: Folder to put them in, one folder per class.
        how: ``'copy'``, ``'link'`` (symbolic links) or ``'in-place'`` (leave them).
        fps: Frames per second of folders of images.
        advance: Called after each video.
        before_replacing: Called before a copy or link of another video is replaced.

    Returns:
        Path and facts of each video.
    """
    brought = {}
    for video, source in videos.items():
        target = folder / f"{video}.mp4"
        path = _BRING[how](source, target, before_replacing)
        brought[video] = (path, _probe(path, fps))
        advance(1)
    return brought


def _probe(path: Path, fps: float) -> VideoProbe:
    if not path.is_dir():
        return probe_video(path)
    reader = FrameFolderReader(path)
    height, width = reader.read([0])[0].shape[:2]
    return VideoProbe(reader.num_frames, fps, width, height)


Split = str | dict[str, tuple[int, int]]


def video_info(
    video: str,
    path: Path,
    root: Path,
    probe: VideoProbe,
    split: Split = "train",
    labelled: FrameRanges | None = None,
) -> VideoInfo:
    """Describe a video of an annotation.

    Args:
        video: Its id; says what footage it was cut from.
        path: File or folder of frames.
        root: Folder of the annotation; the video may lie elsewhere.
        probe: Its measured facts.
        split: Its split.
        labelled: Its labelled frames; None: every frame is.

    Returns:
        The description, with the path as seen from ``root``; a symbolic link inside of
        it stays one.
    """
    if path.is_relative_to(root):
        file = path.relative_to(root)
    else:
        file = Path(os.path.relpath(path.resolve(), root.resolve()))
    return VideoInfo(
        file=file.as_posix(),
        fps=probe.fps,
        width=probe.width,
        height=probe.height,
        num_frames=probe.num_frames,
        source=source_footage(video),
        split=split,
        labelled=labelled,
    )
