"""Repairs of an annotation that leave no doubt."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stal_plugin.datasets.formats import Annotation, VideoInfo
from stal_plugin.datasets.validation.csv_rows import CsvRows
from stal_plugin.datasets.validation.problem import Problem
from stal_plugin.datasets.validation.row_problems import (
    repeated_rows,
    row_problems,
    sizes_of_rows,
)
from stal_plugin.datasets.video import VideoProbe

_ROUNDS = 5


def repaired_rows(rows: CsvRows, header: Annotation) -> CsvRows:
    """Apply all repairs of rows, until none is left: one may uncover another.

    Args:
        rows: Rows of the csv.
        header: Videos and classes.

    Returns:
        New rows on their old lines; rows that equal earlier ones are gone.
    """
    for _ in range(_ROUNDS):
        problems = row_problems(rows, header, "")
        if not any(problem.repair for problem in problems):
            break
        rows = _repaired_once(rows, header, problems)
    return rows


def _repaired_once(
    rows: CsvRows, header: Annotation, problems: Sequence[Problem]
) -> CsvRows:
    names = {problem.repair for problem in problems}
    boxes = rows.boxes
    if "pixels" in names:
        boxes = np.clip(boxes / sizes_of_rows(rows, header), 0, 1)
    if "corners" in names:
        low = np.minimum(boxes[:, :2], boxes[:, 2:])
        boxes = np.concatenate([low, np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1)
    if "clip" in names:
        near = np.isin(rows.lines, [p.line for p in problems if p.repair == "clip"])
        boxes = np.where(near[:, None], np.clip(boxes, 0, 1), boxes)
    mended = replace(
        rows,
        boxes=boxes,
        frames=rows.frames + ("frame base" in names),
        action_ids=rows.action_ids + ("label base" in names),
    )
    return mended.take(~repeated_rows(mended)) if "duplicates" in names else mended


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
    lines = {p.value.split("'")[1] for p in problems if p.repair == "video facts"}
    return {
        video: _with_facts(info, probes[video]) if video in lines else info
        for video, info in header.videos.items()
    }


def _with_facts(info: VideoInfo, probe: VideoProbe) -> VideoInfo:
    split = info.split
    if not isinstance(split, str):
        last = probe.num_frames
        split = {k: (min(a, last), min(b, last)) for k, (a, b) in split.items()}
    known = info.labelled
    if known is not None:
        last = probe.num_frames
        known = tuple((a, min(b, last)) for a, b in known if a <= last)
    return replace(
        info,
        labelled=known,
        fps=probe.fps,
        width=probe.width,
        height=probe.height,
        num_frames=probe.num_frames,
        split=split,
    )
