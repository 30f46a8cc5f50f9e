"""Numbers for boxes of unknown persons."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.structures.box_table import BoxTable


def linked_persons(rows: BoxTable, videos: Sequence[str], num_classes: int) -> BoxTable:
    """Link boxes of unknown persons from frame to frame.

    A box whose ``person_ids`` is -1 gets the number that the linker of live video gives
    it, counted on from the largest one of its video; others keep theirs.

    Args:
        rows: Boxes of these videos.
        videos: Ids of the videos.
        num_classes: Number of classes.
    """
    persons = np.array(rows.person_ids, np.int64)
    linker = OnlineLinker(num_classes)
    for video in videos:
        own = np.flatnonzero(rows.video_ids == video)
        start = int(persons[own].max(initial=-1)) + 1
        unknown = own[persons[own] < 0]
        unknown = unknown[np.argsort(rows.frames[unknown], kind="stable")]
        linker.reset()
        frames = rows.frames[unknown]
        for part in np.split(unknown, np.flatnonzero(np.diff(frames)) + 1):
            if not len(part):
                continue
            now = rows.take(part)
            columns = (now.boxes, now.labels, now.scores)
            tracks = linker.update(int(now.frames[0]), *columns)
            ids = np.array([track.track_id for track in tracks], np.int64)
            persons[part] = start + ids[now.groups()]
    return replace(rows, person_ids=persons)
