"""Tubes of whole videos from the linker of live video."""

from itertools import pairwise

import numpy as np

from stal_plugin.evaluation.localization import actor_votes
from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.structures.detections import Detections, GroundTruth
from stal_plugin.structures.tubes import Tubes, fill_gaps, tubes_of_rows


def online_tubes(
    dets: Detections, videos: np.ndarray, linker: OnlineLinker, min_length: int = 1
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
    dets = dets.take(np.argsort(dets.frame_ids, kind="stable"))
    first, votes = actor_votes(dets, linker.num_classes, linker.per_class)
    boxes, frames = dets.boxes[first], dets.frame_ids[first]
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


def ground_truth_tubes(
    gts: GroundTruth, person_ids: np.ndarray, videos: np.ndarray, max_gap: int = 0
) -> Tubes:
    """Join the boxes of one person and action to tubes.

    A tube is an unbroken run of evaluated frames: who does the same action twice in a
    video gives two tubes. Each label of a box belongs to a tube of its own.

    Args:
        gts: Ground truth; frames of one video have ids in a row, as evaluated.
        person_ids: ``(N,)`` person of each box, unique within a video.
        videos: ``(F,)`` video of each frame id.
        max_gap: Number of frames without the box that do not end a tube.

    Returns:
        The tubes, ordered by video, person, label and time.

    Raises:
        ValueError: A person id is below 0 (unknown), or a person has two boxes of one
            label on a frame.
    """
    unknown = np.flatnonzero(person_ids < 0)
    if len(unknown):
        raise ValueError(
            f"{len(unknown)} of {len(person_ids)} ground-truth boxes have no person id "
            "(-1 or none): video-mAP needs the track of each person. Annotate "
            "person_id, or leave video-mAP out"
        )
    frames = gts.frame_ids[gts.box_inds].astype(np.int64)
    persons = person_ids[gts.box_inds].astype(np.int64)
    order = np.lexsort((frames, gts.labels, persons, videos[frames]))
    columns = (videos[frames][order], persons[order], gts.labels[order])
    frames = frames[order]
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        same &= np.diff(column) == 0
    step = np.diff(frames)
    twice = np.flatnonzero(same & (step == 0))
    if len(twice):
        video, person, label = (int(column[twice[0]]) for column in columns)
        raise ValueError(
            f"person {person} of video number {video} has two boxes of label {label} "
            "on one frame: person ids must be unique within a frame"
        )
    is_new = np.ones(len(order), bool)
    is_new[1:] = ~(same & (step <= max_gap + 1))
    return tubes_of_rows(
        np.cumsum(is_new),
        frames,
        gts.boxes[gts.box_inds][order],
        gts.labels[order],
        np.ones(len(order)),
    )
