"""AVA Actions as it is published: train and val csv, excluded seconds, 80 actions."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.ava import read_ava_timestamps
from stal_plugin.annotations.importers.ava_segments import on_segments
from stal_plugin.annotations.importers.import_options import (
    ImportOptions,
    read_label_list,
)
from stal_plugin.annotations.importers.tool_annotation import annotation_of_boxes
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.wording import counted

#: Number of actions.
NUM_ACTIONS = 80
#: Our split of each part of the release.
SPLITS = {"train": "train", "val": "test"}
#: Folders of videos in MMAction2's layout, and the second of their first frame.
FOLDERS = {"rawframes": 900.0, "videos_15min": 900.0, "videos": 0.0}

_CSV = re.compile(r"ava_train_v(?P<version>[\d.]+)\.csv")
_ADDRESS = "https://s3.amazonaws.com/ava-dataset/annotations/ava_v2.2.zip"
_EXCLUDED_FIX = "A row of excluded timestamps is video,second, such as abc,0902."


@dataclass(frozen=True)
class AvaRelease:
    """Files of the release.

    Args:
        parts: Csv of boxes by split.
        excluded: Csv of excluded seconds by split, where there is one.
        labels: List of all actions.
    """

    parts: Mapping[str, Path]
    excluded: Mapping[str, Path]
    labels: Path


def find_release(
    folder: Path, version: str | None = None, labels: Path | None = None
) -> AvaRelease:
    """Find the files of the release.

    Args:
        folder: Unpacked ``ava_v2.2.zip``, or the folder whose ``annotations`` holds it.
        version: ``'2.1'`` or ``'2.2'``, if both are there.
        labels: List of the actions; None: that of the release.

    Returns:
        The files.

    Raises:
        FileNotFoundError: Some are missing; names them.
        ValueError: There are several versions.
    """
    home = folder / "annotations" if (folder / "annotations").is_dir() else folder
    if version is None:
        files = map(_CSV.fullmatch, (file.name for file in home.glob("*.csv")))
        found = sorted({match["version"] for match in files if match})
        if len(found) > 1:
            raise ValueError(
                f"{home} has the versions {found}: say --version {found[-1]}"
            )
        version = found[0] if found else "2.2"
    parts = {s: home / f"ava_{part}_v{version}.csv" for part, s in SPLITS.items()}
    labels = labels or home / f"ava_action_list_v{version}.pbtxt"
    missing = [str(file) for file in (*parts.values(), labels) if not file.is_file()]
    if missing:
        raise FileNotFoundError(
            f"{folder} is no release of AVA: there is no {', no '.join(missing)} (the "
            "list for_activitynet has 60 of the 80 actions). The annotations are at "
            f"{_ADDRESS}"
        )
    excluded = {
        s: file
        for part, s in SPLITS.items()
        if (file := home / f"ava_{part}_excluded_timestamps_v{version}.csv").is_file()
    }
    return AvaRelease(parts, excluded, labels)


def find_videos(folder: Path) -> tuple[Path, float]:
    """Find the videos in MMAction2's layout.

    Args:
        folder: Holds ``rawframes``, ``videos_15min`` or ``videos``.

    Returns:
        The first of these folders, and the second of its videos' first frame.

    Raises:
        FileNotFoundError: There is none.
    """
    for name, start in FOLDERS.items():
        if (folder / name).is_dir():
            return folder / name, start
    raise FileNotFoundError(
        f"{folder} has none of the folders {', '.join(FOLDERS)}: name the folder of "
        "the videos with --videos, and the second of their first frame with --start"
    )


def read_excluded(path: Path) -> set[tuple[str, float]]:
    """Read the seconds that neither train nor count.

    Args:
        path: Csv of videos and seconds.

    Returns:
        The pairs.

    Raises:
        ValueError: Names each faulty line.
    """
    pairs, problems = set(), []
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(lines, start=1):
        video, _, second = line.strip().rpartition(",")
        if video and second.isdecimal():
            pairs.add((video, float(second)))
        elif line.strip():
            problems.append(f"line {number}: {line!r} is not a video and a second")
    raise_problems(path, problems, _EXCLUDED_FIX)
    return pairs


def without_seconds(boxes: ToolBoxes, excluded: set[tuple[str, float]]) -> ToolBoxes:
    """Leave out seconds, with their boxes, and count.

    Args:
        boxes: Boxes by video and second.
        excluded: Videos and seconds.

    Returns:
        The others.
    """
    rows = boxes.rows
    keys = list(zip(rows.video_ids.tolist(), rows.frames.tolist(), strict=True))
    out = np.array([key in excluded for key in keys], dtype=bool)
    listed = {
        video: [time for time in times if (video, time) not in excluded]
        for video, times in boxes.listed.items()
    }
    seconds = counted(len(excluded.intersection(keys)), "excluded second")
    return replace(
        boxes,
        rows=rows.take(~out),
        listed=listed,
        left_out=boxes.left_out + Counter({f"labels of {seconds}": int(out.sum())}),
    )


def annotation_of_release(
    release: AvaRelease, library: VideoLibrary, options: ImportOptions
) -> tuple[Annotation, list[str]]:
    """Bring the boxes of a release and the videos together.

    Args:
        release: Its files.
        library: The videos.
        options: ``start``, ``present_only`` and ``tolerance``.

    Returns:
        The annotation: all actions in AVA's order, so that ``action_id`` is AVA's; key
        frames are the labelled seconds that are not excluded. And notes.

    Raises:
        FileNotFoundError: A video is missing.
        ValueError: A file has faults, or a video is in two parts.
    """
    names = read_label_list(release.labels)
    if list(names) != list(range(1, len(names) + 1)):
        missing = sorted({*range(1, max(names) + 1)} - {*names})
        raise ValueError(
            f"{release.labels}: the actions {missing[:5]} are missing; give the list "
            "of all 80, ava_action_list_v2.2.pbtxt"
        )
    options = replace(options, labels=release.labels)
    notes: list[str] = []
    annotations: dict[str, Annotation] = {}
    for split, path in release.parts.items():
        boxes = _boxes_of_part(release, split, names)
        boxes = on_segments(boxes, library)
        given = options if boxes.seconds else replace(options, start=0.0)
        annotations[split], own = annotation_of_boxes(path, boxes, library, given)
        notes += [f"{path.name}: {note}" for note in own]
    return _joined(annotations, list(names.values())), notes


def listed_seconds(release: AvaRelease, split: str) -> dict[str, list[float]]:
    """Return the labelled seconds of each movie of a part, but no excluded ones.

    Args:
        release: Its files.
        split: Of the part.
    """
    names = read_label_list(release.labels)
    listed = _boxes_of_part(release, split, names).listed
    return {movie: sorted({*times}) for movie, times in listed.items()}


def set_test_movies(annotation: Annotation, movies: Sequence[str]) -> None:
    """Give movies, or the segments of movies, the split ``test``.

    Args:
        annotation: Is changed.
        movies: Names of movies.

    Raises:
        ValueError: There is no such movie.
    """
    known = {info.source for info in annotation.videos.values()}
    unknown = sorted({*movies} - known)
    if unknown:
        raise ValueError(f"--test {unknown}: the movies are {sorted(known)[:10]}")
    for video, info in annotation.videos.items():
        if info.source in movies:
            annotation.videos[video] = replace(info, split="test")


def _boxes_of_part(release: AvaRelease, split: str, names: dict[int, str]) -> ToolBoxes:
    boxes = read_ava_timestamps(release.parts[split], names)
    boxes.seconds = boxes.sparse = True
    if split in release.excluded:
        boxes = without_seconds(boxes, read_excluded(release.excluded[split]))
    return boxes


def _joined(parts: Mapping[str, Annotation], classes: list[str]) -> Annotation:
    """The annotations as one, each video in the split of its part."""
    videos = {}
    for split, part in parts.items():
        for video, info in part.videos.items():
            if video in videos:
                raise ValueError(f"video {video!r} is in two parts: {', '.join(parts)}")
            videos[video] = replace(info, split=split)
    rows = BoxTable.concat([part.rows for part in parts.values()])
    return Annotation(classes, videos, note="AVA Actions", rows=rows)
