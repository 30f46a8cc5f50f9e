"""Divide one part of a data set anew, as a data set of its own.

Settings that are chosen on the test part of the new one have not seen the test part of
the old one.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import (
    Annotation,
    VideoInfo,
    ranges_of_frames,
    splits_of,
)
from stal_plugin.annotations.annotation_files import read_annotation, write_annotation
from stal_plugin.annotations.importers.videos import VIDEO_SUFFIXES
from stal_plugin.annotations.keypoints import (
    Keypoints,
    read_keypoints,
    write_keypoints,
)
from stal_plugin.annotations.validation.validate import CSV
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.link_or_copy import link_or_copy
from stal_plugin.video import FrameFolderReader

KEYPOINTS = "keypoints.npz"


@dataclass(frozen=True)
class WrittenPart:
    """What :func:`split_part` wrote.

    Args:
        annotation: The new data set, with splits ``train`` and ``test``.
        linked: Files that are hard links.
        copied: Files that are copies.
    """

    annotation: Annotation
    linked: int
    copied: int


def split_part(
    folder: Path,
    part: str,
    out: Path,
    divide: Callable[[Annotation], Annotation],
    overwrite: bool = False,
) -> WrittenPart:
    """Write a data set of the videos of one part; the old one stays as it is.

    Args:
        folder: Data set with ``annotations.csv``.
        part: Name of a split of it, such as ``'train'``.
        out: Folder of the new data set. Videos become hard links (copies on another
            disk) and are called by their ids; joints beside the annotation come along.
        divide: Gives an annotation new splits, see ``split_annotation``.
        overwrite: Whether the annotation of an ``out`` that exists may be replaced, see
            :func:`keep_old`. No video is replaced.

    Returns:
        The new data set.

    Raises:
        FileNotFoundError: The annotation or a video is missing.
        ValueError: There is no such part, a class cannot be in both new ones, or
            ``out`` exists, lies within the old data set or holds it.
    """
    before = read_annotation(folder / CSV)
    names = splits_of(before.videos)
    if part not in names:
        raise ValueError(
            f"{folder / CSV} has no part {part!r}; it has {', '.join(names)}"
        )
    _check_place(folder, out, before, overwrite)
    annotation = divide(annotation_of_part(before, part))
    text = f"{before.note} Part {part!r} of {folder.resolve().name}, divided anew."
    annotation = replace(annotation, note=text.strip())
    annotation, files = _with_files(annotation, folder)
    keypoints = _keypoints(folder / KEYPOINTS, before.in_split(part))
    linked = [link_or_copy(source, out / name) for name, source in files.items()]
    if keypoints is not None:
        write_keypoints(out / KEYPOINTS, keypoints)
    keep_old(out / CSV)
    write_annotation(annotation, out / CSV)
    return WrittenPart(annotation, sum(linked), len(linked) - sum(linked))


def annotation_of_part(annotation: Annotation, part: str) -> Annotation:
    """Leave out what is not of a part.

    Args:
        annotation: Rows sorted by video and frame.
        part: Name of a split.

    Returns:
        The videos that have frames in the part, and the boxes on these frames. Of a
        video that has frames in other parts, too, only those of the part are labelled.
        All classes stay.

    Raises:
        ValueError: No video has frames in a split of that name.
    """
    rows = annotation.rows.take(annotation.in_split(part))
    videos = {
        video: _only(info, part)
        for video, info in annotation.videos.items()
        if info.frame_range(part)
    }
    return replace(annotation, videos=videos, rows=rows)


def _only(info: VideoInfo, part: str) -> VideoInfo:
    if isinstance(info.split, str):
        return info
    labelled = ranges_of_frames(info.key_frames(part))
    return replace(info, split=part, labelled=labelled)


def keep_old(csv_path: Path) -> None:
    """Copy an annotation, if there is one, to ``*.old``, before it is replaced.

    Args:
        csv_path: The csv; its json lies beside it.
    """
    for path in (csv_path, csv_path.with_suffix(".json")):
        if path.is_file():
            with atomic_file(f"{path}.old") as part:
                shutil.copyfile(path, part)


def _check_place(
    folder: Path, out: Path, annotation: Annotation, overwrite: bool
) -> None:
    home = folder.resolve()
    videos = [(home / info.file).resolve() for info in annotation.videos.values()]
    taken = {place for v in videos for place in (v, v.parent)}
    # videos that were left in a folder around the data set leave room beside it
    taken = {place for place in taken if not home.is_relative_to(place)} | {home}
    for place in (out.resolve(), (out / "videos").resolve()):
        if home.is_relative_to(place):
            raise ValueError(f"{out} is {folder} or holds it: choose one beside it")
        if inside := [t for t in taken if place.is_relative_to(t)]:
            raise ValueError(
                f"{out} lies in {min(inside)}, which belongs to {folder}: choose a "
                "folder beside it"
            )
    if out.exists() and not overwrite and not (out.is_dir() and not any(out.iterdir())):
        raise ValueError(
            f"{out} is there already: choose another name, or replace its annotation "
            "with --overwrite (the files of before stay as *.old)"
        )


def _with_files(
    annotation: Annotation, folder: Path
) -> tuple[Annotation, dict[str, Path]]:
    """Call the videos by their ids; the files by their new names below the data set."""
    videos: dict[str, VideoInfo] = {}
    files: dict[str, Path] = {}
    owner: dict[str, str] = {}
    for video, info in annotation.videos.items():
        source = folder / info.file
        folder_of_frames = source.is_dir()
        name = f"videos/{video}{'' if folder_of_frames else source.suffix}"
        if folder_of_frames:
            files |= {f"{name}/{f.name}": f for f in FrameFolderReader(source).files}
        else:
            files[name] = _checked(video, source)
        other = owner.setdefault(name.casefold(), video)
        if other != video:
            raise ValueError(
                f"videos {other!r} and {video!r} would both be {name}: rename one of "
                f"them in {folder / CSV} and its json"
            )
        videos[video] = replace(info, file=name)
    return replace(annotation, videos=videos), files


def _checked(video: str, source: Path) -> Path:
    if not source.is_file():
        raise FileNotFoundError(f"video {video!r}: there is no file {source}")
    if source.suffix.lower() not in VIDEO_SUFFIXES:
        raise ValueError(
            f"video {video!r}: {source} is no video ({', '.join(VIDEO_SUFFIXES)})"
        )
    return source


def _keypoints(path: Path, rows: NDArray[np.bool_]) -> Keypoints | None:
    """Keypoints of some rows; None where there is no file."""
    if not path.is_file():
        return None
    points = read_keypoints(path)
    if len(points) != len(rows):
        raise ValueError(
            f"{path} has {len(points)} rows, the annotation beside it {len(rows)}. "
            "Write both again with the converter that made them"
        )
    columns = ("video_ids", "frames", "person_ids", "points", "visible")
    return replace(points, **{name: getattr(points, name)[rows] for name in columns})
