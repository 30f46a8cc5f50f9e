"""Tubes of whole videos from the linker of live video."""

from itertools import pairwise

import numpy as np

from stal_plugin.evaluation.online_linker import OnlineLinker, actor_votes
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.tubes import Tubes, fill_gaps, tubes_of_rows


def online_tubes(
    dets: BoxTable, videos: np.ndarray, linker: OnlineLinker, min_length: int = 1
) -> Tubes:
    """Link the detections of videos as a live run would, and keep whole tubes.

    All videos go on in step, so that a step is one call of the linker.

    A track gives one tube for each class that any of its boxes was given (with a
    score above 0). The score of the tube is the mean score of the class over the
    boxes of the track, 0 where a box was not given the class. Frames that a track
    skips get boxes on the straight line between its neighbours.

    Args:
        dets: Detections of all frames.
        videos: ``(F,)`` video of each frame id; the frames of a video have ids in a
            row.
        linker: It is reset first.
        min_length: Tubes over fewer frames are left out.

    Returns:
        The tubes of all videos.
    """
    dets = dets.take(np.argsort(dets.frames, kind="stable"))
    first, votes = actor_votes(dets, linker.num_classes, linker.per_class)
    boxes, frames = dets.boxes[first], dets.frames[first]
    streams = videos[frames].astype(np.int64)
    step = frames - np.searchsorted(videos, streams)
    order = np.argsort(step, kind="stable")  # by time, then by video
    starts = np.flatnonzero(np.diff(step[order], prepend=-1))
    ids = np.zeros(len(frames), np.int64)
    linker.reset()
    for start, end in pairwise([*starts.tolist(), len(frames)]):
        rows = order[start:end]
        now = int(step[rows[0]])
        seen = linker.link_streams(now, streams[rows], boxes[rows], votes[rows])
        ids[rows] = seen.ids
    span = ids.max(initial=0) + 1
    _, tracks = np.unique(streams * span + ids, return_inverse=True)
    return _tubes_of_votes(tracks, frames, boxes, votes, min_length)


def _tubes_of_votes(
    tracks: np.ndarray,
    frames: np.ndarray,
    boxes: np.ndarray,
    votes: np.ndarray,
    min_length: int,
) -> Tubes:
    num_classes = votes.shape[1]
    best = np.zeros((tracks.max(initial=0) + 1, num_classes))
    np.maximum.at(best, tracks, votes)
    rows, labels = np.nonzero(best[tracks] > 0)
    tubes = tubes_of_rows(
        tracks[rows] * num_classes + labels,
        frames[rows],
        boxes[rows],
        labels,
        votes[rows, labels],
    )
    tubes = fill_gaps(tubes)
    return tubes.take(tubes.lengths >= min_length)
