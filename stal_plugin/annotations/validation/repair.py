"""Repairs of an annotation that leave no doubt."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.annotation_json import header_json
from stal_plugin.annotations.problems import Problem
from stal_plugin.annotations.row_problems import row_problems, row_text, sizes_of_rows
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import VideoProbe

_ROUNDS = 5


def repaired_rows(rows: BoxTable, header: Annotation) -> BoxTable:
    """Apply all repairs of rows, until none is left: one may uncover another.

    Args:
        rows: Rows of the csv.
        header: Videos and classes.

    Returns:
        New rows on their old lines; rows that equal earlier ones are gone.
    """
    for _ in range(_ROUNDS):
        problems = row_problems(replace(header, rows=rows), "")
        if not any(problem.repair for problem in problems):
            break
        rows = _repaired_once(rows, header, problems)
    return rows


def _repaired_once(
    rows: BoxTable, header: Annotation, problems: Sequence[Problem]
) -> BoxTable:
    names = {problem.repair for problem in problems}
    boxes = rows.boxes
    if "pixels" in names:
        sizes = sizes_of_rows(replace(header, rows=rows))
        boxes = np.clip(boxes / sizes, 0, 1)
    if "corners" in names:
        low = np.minimum(boxes[:, :2], boxes[:, 2:])
        boxes = np.concatenate([low, np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1)
    if "clip" in names:
        near = np.isin(rows.origins, [p.line for p in problems if p.repair == "clip"])
        boxes = np.where(near[:, None], np.clip(boxes, 0, 1), boxes)
    mended = replace(
        rows,
        boxes=boxes,
        frames=rows.frames + ("frame base" in names),
        labels=rows.labels + ("label base" in names),
    )
    return mended.take(~mended.repeats()) if "duplicates" in names else mended


def repaired_videos(
    header: Annotation, problems: Sequence[Problem], probes: dict[str, VideoProbe]
) -> dict[str, VideoInfo]:
    """Write the measured facts of videos whose json is a little wrong.

    Args:
        header: The videos.
        problems: Problems of the videos.
        probes: Their measured facts.

    Returns:
        The videos, in the same order.
    """
    values = [p.value for p in problems if p.repair == "video facts"]
    return {
        video: _with_facts(info, probes[video])
        if any(value.startswith(f"video {video!r}: ") for value in values)
        else info
        for video, info in header.videos.items()
    }


def _with_facts(info: VideoInfo, probe: VideoProbe) -> VideoInfo:
    split, known, last = info.split, info.labelled, probe.num_frames
    if not isinstance(split, str):
        split = {k: (min(a, last), min(b, last)) for k, (a, b) in split.items()}
    if known is not None:
        known = tuple((a, min(b, last)) for a, b in known if a <= last)
    return replace(
        info,
        labelled=known,
        fps=probe.fps,
        width=probe.width,
        height=probe.height,
        num_frames=last,
        split=split,
    )


CHANGES = "fixes.csv"


def write_repaired_csv(path: Path, before: BoxTable, after: BoxTable) -> list[tuple]:
    """Replace the rows of a csv that were repaired; all other lines stay as they are.

    The old file stays as ``.bak`` (``.bak2``, ...), the new one appears in one step.

    Args:
        path: The csv.
        before: Its rows.
        after: The repaired rows, on the same lines; missing ones are deleted.

    Returns:
        (line, old row, new row or '') of each change. Without any nothing is written.
    """
    changes = _changed_rows(before, after)
    if not changes:
        return []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        for cells in reader:
            new = changes.get(reader.line_num, ("", cells))[1]
            if new and cells:
                writer.writerow(new)
    _replace(path, text.getvalue())
    return [
        (line, old, ",".join(map(str, new))) for line, (old, new) in changes.items()
    ]


def _changed_rows(before: BoxTable, after: BoxTable) -> dict[int, tuple[str, list]]:
    """Text of each old row that changes, and the new cells, [] for none, by line."""
    places = {line: i for i, line in enumerate(after.origins.tolist())}
    changes: dict[int, tuple[str, list]] = {}
    for i, line in enumerate(before.origins.tolist()):
        old, j = row_text(before, i), places.get(line)
        if j is None:
            changes[line] = old, []
        elif old != row_text(after, j) or (before.boxes[i] != after.boxes[j]).any():
            changes[line] = old, _cells(after, j)
    return changes


def write_repaired_json(
    path: Path, header: Annotation, videos: dict[str, VideoInfo]
) -> list[tuple]:
    """Replace a json whose videos were repaired.

    Args:
        path: The json.
        header: Its content.
        videos: The repaired videos.

    Returns:
        ('json', old video, new video) of each change. Without any nothing is written.
    """
    changes = [
        ("json", f"{video}: {info}", f"{video}: {videos[video]}")
        for video, info in header.videos.items()
        if videos[video] != info
    ]
    if changes:
        _replace(path, header_json(replace(header, videos=videos)))
    return changes


def write_changes(path: Path, changes: list[tuple]) -> None:
    """Write the list of changes.

    Args:
        path: The csv to write.
        changes: Place, before and after.
    """
    with (
        atomic_file(path) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        rows = [("line", "before", "after"), *changes]
        csv.writer(file, lineterminator="\n").writerows(rows)


def _cells(rows: BoxTable, i: int) -> list:
    corners = [f"{x:.6f}" for x in rows.boxes[i]]
    ids = [int(rows.labels[i]) + 1, int(rows.person_ids[i])]
    return [rows.video_ids[i], int(rows.frames[i]), *corners, *ids]


def _replace(path: Path, text: str) -> None:
    names = chain([f"{path.name}.bak"], (f"{path.name}.bak{i}" for i in count(2)))
    backup = next(b for b in map(path.with_name, names) if not b.exists())
    with atomic_file(backup) as part:
        part.write_bytes(path.read_bytes())
    with atomic_file(path) as part:
        part.write_text(text, encoding="utf-8")
