"""Names of videos that Label Studio lengthened at the upload.

Its exports as YOLO, VOC and COCO name pictures as it stores them: a mark of its own in
front of each, such as ``1a2b3c4d-clip_00012.jpg``. So each picture seems to be of a
video of its own. Of pictures that are called by their number alone, such as
``1a2b3c4d-00012.jpg``, only the mark is left: they are of the only video there is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from stal_plugin.annotations.importers.tool_boxes import SAME_FRAME, ToolBoxes
from stal_plugin.annotations.importers.video_library import (
    VideoLibrary,
    is_upload_mark,
    without_upload_mark,
)
from stal_plugin.annotations.problems import raise_problems

_LETTER = re.compile("[a-f]")


def without_upload_marks(
    source: Path, boxes: ToolBoxes, library: VideoLibrary
) -> ToolBoxes:
    """Find videos without the mark in front of their names.

    A name is shortened only where no video has it and exactly one has the short one.
    Names that are a mark and nothing else mean the only video, if one of them has a
    letter: eight digits may be a date.

    Args:
        source: The file, for errors.
        boxes: What it holds.
        library: The videos.

    Returns:
        The boxes, with the names of the videos.

    Raises:
        ValueError: Several videos have a short name, or two pictures that became one
            video's are of one frame or of two sizes.
    """
    short = {video: without_upload_mark(video) for video in boxes.sizes}
    short |= _of_the_only_video(boxes.sizes)
    short = {v: s for v, s in short.items() if s != v and library.absent([v])}
    absent = set(library.absent(dict.fromkeys(short.values())))
    found = {video: name for video, name in short.items() if name not in absent}
    return _renamed(source, boxes, found) if found else boxes


def _of_the_only_video(names: Iterable[str]) -> dict[str, str]:
    """Names that are a mark and nothing else, with the name of the only video."""
    marks = [name for name in names if is_upload_mark(name)]
    return dict.fromkeys(marks, "") if any(map(_LETTER.search, marks)) else {}


def _renamed(source: Path, boxes: ToolBoxes, found: Mapping[str, str]) -> ToolBoxes:
    sizes: dict[str, tuple[int, int] | None] = {}
    listed: dict[str, list[float]] = {}
    named: dict[str, dict[float, int]] = {}
    owner: dict[tuple[str, float], str] = {}
    problems = []
    for video, size in boxes.sizes.items():
        name = found.get(video, video)
        if size and sizes.setdefault(name, size) not in (size, None):
            problems.append(f"{video} has size {size}, others of it {sizes[name]}")
        sizes[name] = sizes.get(name) or size
        own = boxes.listed.get(video, [])
        listed.setdefault(name, []).extend(own)
        named.setdefault(name, {}).update(boxes.named.get(video, {}))
        problems += [
            f"{owner[name, frame]} and {video} are both frame {frame:g} of {name}"
            for frame in dict.fromkeys(own)
            if owner.setdefault((name, frame), video) != video
        ]
    raise_problems(source, problems, SAME_FRAME)
    first = next(iter(found))
    note = (
        "names of videos found without the mark of Label Studio's upload, kept "
        f"({first!r} is {found[first] or 'the only video'!r})"
    )
    videos = [found.get(video, video) for video in boxes.rows.video_ids]
    return replace(
        boxes,
        rows=replace(boxes.rows, video_ids=np.array(videos, dtype=object)),
        sizes=sizes,
        listed=listed,
        named={name: own for name, own in named.items() if own},
        sampled={found.get(video, video) for video in boxes.sampled},
        lengths={found.get(v, v): length for v, length in boxes.lengths.items()},
        left_out=boxes.left_out + Counter({note: len(found)}),
    )
