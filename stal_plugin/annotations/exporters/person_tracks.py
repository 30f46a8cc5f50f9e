"""Rows of boxes as tracks of persons in pixels, as labelling tools have them."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.importers.videos import VIDEO_SUFFIXES
from stal_plugin.structures.box_table import BoxTable

Actions = tuple[str, ...]


@dataclass(frozen=True)
class PersonTrack:
    """Boxes of one person in one video.

    Args:
        number: Of the person, unique in the video.
        frames: ``(N,)`` int64, 1-based, increasing.
        boxes: ``(N, 4)`` float64 xyxy in pixels.
        actions: Names of each box's actions, ``N``.
        scores: ``(N,)`` best score of each box; 1 for ground truth.
    """

    number: int
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    actions: tuple[Actions, ...]
    scores: NDArray[np.float64]


def tool_name(video: str, info: VideoInfo) -> str:
    """Name of a video's file in a tool: it comes back as the video's id."""
    suffix = PurePosixPath(info.file).suffix
    return video + suffix * (suffix.lower() in VIDEO_SUFFIXES)  # a folder has none


def inside_frame(rows: BoxTable) -> tuple[BoxTable, int]:
    """Clip normalised boxes to the frame; leave out what is outside of it.

    Returns:
        The rows, and how many were left out.
    """
    boxes = np.clip(rows.boxes, 0, 1)
    has_area = (boxes[:, :2] < boxes[:, 2:]).all(axis=1)
    clipped = replace(rows, boxes=boxes).take(has_area)
    return clipped, int((~has_area).sum())


def person_tracks(
    annotation: Annotation, rows: BoxTable
) -> tuple[dict[str, list[PersonTrack]], int]:
    """Tracks of all persons, by video.

    Two boxes of one person on one frame cannot be one track: the further ones become
    tracks of their own.

    Args:
        annotation: Videos, their sizes, and names of the classes.
        rows: Normalised boxes inside of the frame; every person is known.

    Returns:
        Tracks by video, in the order of the persons, and how many boxes are in tracks
        of their own.
    """
    tracks: dict[str, list[PersonTrack]] = {}
    split = 0
    for video, info in annotation.videos.items():
        own = rows.take(rows.video_ids == video)
        own = own.take(np.argsort(own.frames, kind="stable"))
        scale = np.array([info.width, info.height] * 2, np.float64)
        codes = own.groups()
        first = np.unique(codes, return_index=True)[1]
        names = _actions(annotation, own, codes, len(first))
        scores = np.zeros(len(first))
        np.maximum.at(scores, codes, own.scores)
        persons, moved = _numbers(own.person_ids[first], own.frames[first])
        split += moved
        tracks[video] = [
            PersonTrack(
                int(number),
                own.frames[first][places],
                own.boxes[first][places].astype(np.float64) * scale,
                tuple(names[i] for i in places.tolist()),
                scores[places],
            )
            for number in np.unique(persons)
            for places in [np.flatnonzero(persons == number)]
        ]
    return tracks, split


def _actions(
    annotation: Annotation, rows: BoxTable, codes: NDArray[np.int64], count: int
) -> list[Actions]:
    """Names of the actions of each box, in the order of the classes."""
    labels: list[set[int]] = [set() for _ in range(count)]
    for code, label in zip(codes.tolist(), rows.labels.tolist(), strict=True):
        labels[code].add(label)
    return [tuple(annotation.classes[i] for i in sorted(own)) for own in labels]


def _numbers(
    persons: NDArray[np.int64], frames: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """Numbers that occur once on a frame, and how many were changed for that."""
    numbers = persons.copy()
    following = int(persons.max(initial=-1)) + 1
    count: Counter[tuple[int, int]] = Counter()
    further: dict[tuple[int, int], int] = {}
    for i, key in enumerate(zip(persons.tolist(), frames.tolist(), strict=True)):
        turn = count[key]  # of this person on this frame
        count[key] += 1
        if turn:
            place = (key[0], turn)
            numbers[i] = further.setdefault(place, following + len(further))
    return numbers, int((numbers != persons).sum())


def key_frames(track: PersonTrack, step: int, tolerance: float) -> NDArray[np.bool_]:
    """Choose the frames between which straight lines tell the boxes.

    A frame is kept where the track begins or ends, where actions change, and where the
    line would leave a corner by more than the tolerance.

    Args:
        track: The track.
        step: Distance of neighbouring frames; a larger one is a gap.
        tolerance: Pixels; 0 keeps every frame that is not exactly on the line.

    Returns:
        ``(N,)`` bool.
    """
    frames, boxes = track.frames, track.boxes
    changes = [a != b for a, b in zip(track.actions[1:], track.actions, strict=False)]
    gaps = np.diff(frames) > step
    starts = np.append(True, gaps | np.array(changes, bool))
    kept = starts | np.append(gaps, True)
    edges = np.flatnonzero(kept).tolist()
    pending = [(a, b) for a, b in pairwise(edges) if b - a > 1]
    while pending:
        a, b = pending.pop()
        ratio = (frames[a + 1 : b] - frames[a]) / (frames[b] - frames[a])
        line = boxes[a] + ratio[:, None] * (boxes[b] - boxes[a])
        error = np.abs(boxes[a + 1 : b] - line).max(axis=1)
        worst = int(error.argmax())
        if error[worst] > tolerance:
            middle = a + 1 + worst
            kept[middle] = True
            pending += [(x, y) for x, y in ((a, middle), (middle, b)) if y - x > 1]
    return kept
