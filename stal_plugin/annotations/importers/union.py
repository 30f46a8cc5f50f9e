"""Boxes of several files as one: a file per task, job, split or video."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.structures.iou import best_overlap
from stal_plugin.wording import counted

_SAME_BOX = 0.5  # intersection over union from which two jobs drew one person
_AS_ONE = (
    *("seconds", "base", "base_varies", "true_frames"),
    *("normalized", "played", "sparse"),
)
_FIX = "Import them one by one, or export them the same way"


def union_of_boxes(
    sources: Sequence[Path],
    parts: Sequence[ToolBoxes],
    library: VideoLibrary,
    options: ImportOptions,
) -> tuple[ToolBoxes, list[str]]:
    """Join the boxes of several files.

    Classes are joined by their names. Videos are one if they are one file. A frame that
    two files have (jobs that overlap) keeps one box of each person: a later file's box
    that covers one of an earlier file with the same action is left out, and its track
    becomes the earlier one. Other tracks of one number are different persons, unless
    an attribute holds the person (``options.rule.track``).

    Args:
        sources: The files, for notes.
        parts: What each holds.
        library: The videos.
        options: How they were read.

    Returns:
        The boxes and a report: what each file brought.

    Raises:
        ValueError: The files count frames or draw boxes in different ways.
    """
    if len(parts) == 1:
        return parts[0], []
    joined = _Union(library, by_name=bool(options.rule.track))
    for source, part in zip(sources, parts, strict=True):
        joined.add(source.name, part)
    raise_problems(f"{len(parts)} files", joined.problems, _FIX)
    return joined.boxes(parts), joined.notes


class _Union:
    def __init__(self, library: VideoLibrary, by_name: bool) -> None:
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._library, self._by_name = library, by_name
        self._video_of: dict[Path, str] = {}
        self._rows: list[ToolRow] = []
        self._keys: dict[tuple, int] = {}  # of video, frame and action
        self._tracks: dict[str, set[str]] = defaultdict(set)  # of a video
        self._sizes: dict[str, tuple[int, int] | None] = {}
        self._listed: dict[str, list[float]] = {}
        self._named: dict[str, dict[float, int]] = {}

    def add(self, name: str, part: ToolBoxes) -> None:
        """Add a file."""
        videos = {video: self._video(video) for video in part.sizes}
        for video, size in part.sizes.items():
            own = videos[video]
            if size and self._sizes.setdefault(own, size) not in (size, None):
                self.problems.append(
                    f"{name}: {video} has size {size}, in an earlier file "
                    f"{self._sizes[own]}"
                )
            self._sizes[own] = self._sizes.get(own) or size
            self._listed.setdefault(own, []).extend(part.listed.get(video, ()))
            self._named.setdefault(own, {}).update(part.named.get(video, {}))
        rows = _rows_of_boxes(part, videos, name)
        same = self._same_boxes(rows)
        tracks = self._new_tracks(rows, same)
        for row in (row for i, row in enumerate(rows) if i not in same):
            track = tracks[row.video, row.track]
            self._tracks[row.video].add(track)
            self._keys.setdefault(_key(row), len(self._keys))
            self._rows.append(row._replace(track=track))
        boxes = counted(len(rows) - len(same), "box", "boxes")
        text = f"{name}: {counted(len(part.sizes), 'video')}, {boxes}"
        if same:
            text += f"; {len(same)} more are boxes of earlier files (jobs that overlap)"
        self.notes.append(text)

    def _video(self, name: str) -> str:
        """One name for all names of a video."""
        try:
            return self._video_of.setdefault(self._library.find(name), name)
        except (FileNotFoundError, ValueError):
            return name  # said later

    def _same_boxes(self, rows: Sequence[ToolRow]) -> dict[int, ToolRow]:
        """Rows that earlier files have as well, with the row there."""
        known = [self._keys.get(_key(row), -1) for row in rows]
        both = [i for i, key in enumerate(known) if key >= 0]
        if not both:
            return {}
        keys = np.array([self._keys[_key(row)] for row in self._rows])
        overlap, other = best_overlap(
            *(np.array(known)[both], _corners([rows[i] for i in both])),
            *(keys, _corners(self._rows)),
        )
        return {
            i: self._rows[j]
            for i, iou, j in zip(both, overlap, other.tolist(), strict=True)
            if iou >= _SAME_BOX
        }

    def _new_tracks(
        self, rows: Sequence[ToolRow], same: dict[int, ToolRow]
    ) -> dict[tuple[str, str], str]:
        """Names of a file's tracks among those of the files before it."""
        votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for i, other in same.items():
            votes[rows[i].video, rows[i].track][other.track] += 1
        tracks: dict[tuple[str, str], str] = {}
        for video, track in dict.fromkeys((row.video, row.track) for row in rows):
            taken = self._tracks[video] | {
                n for (v, _), n in tracks.items() if v == video
            }
            if not track or self._by_name:
                tracks[video, track] = track
            elif votes[video, track]:
                tracks[video, track] = votes[video, track].most_common(1)[0][0]
            else:
                tracks[video, track] = _free_name(track, taken)
        return tracks

    def boxes(self, parts: Sequence[ToolBoxes]) -> ToolBoxes:
        """All that was added."""
        classes = dict.fromkeys(chain(*(part.classes for part in parts)))
        lengths = chain(*(part.lengths.items() for part in parts))
        return boxes_of_rows(
            *(self._rows, self._sizes, list(classes)),
            **_common_facts(parts),
            named={video: names for video, names in self._named.items() if names},
            sampled={*map(self._video, chain(*(part.sampled for part in parts)))},
            attributes=set().union(*(part.attributes for part in parts)),
            left_out=sum((part.left_out for part in parts), Counter()),
            lengths={self._video(video): count for video, count in lengths},
            listed=self._listed,
            unit_open=any(part.unit_open for part in parts),
            tolerance=max(part.tolerance for part in parts),
        )


def _common_facts(parts: Sequence[ToolBoxes]) -> dict[str, Any]:
    """Facts that all files must agree in."""
    facts = {}
    for name in _AS_ONE:
        values = list(dict.fromkeys(getattr(part, name) for part in parts))
        if len(values) > 1:
            raise ValueError(f"the files differ in {name!r}: {values}. {_FIX}")
        facts[name] = values[0]
    return facts


def _free_name(track: str, taken: set[str]) -> str:
    names = chain([track], (f"{track}#{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def _rows_of_boxes(part: ToolBoxes, videos: dict[str, str], name: str) -> list[ToolRow]:
    table = part.rows
    return [
        ToolRow(videos[video], frame, (*box,), action, track, f"{name}, {origin}")
        for video, frame, box, action, track, origin in zip(
            table.video_ids,
            table.frames.tolist(),
            table.boxes.tolist(),
            part.actions,
            part.track_names,
            table.origins,
            strict=True,
        )
    ]


def _key(row: ToolRow) -> tuple[str, float, str]:
    return row.video, row.frame, row.action


def _corners(rows: Sequence[ToolRow]) -> NDArray[np.float64]:
    return np.array([row.box for row in rows], np.float64).reshape(-1, 4)
