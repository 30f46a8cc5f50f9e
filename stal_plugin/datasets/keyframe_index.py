"""Key frames of a split with their boxes and labels, as flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations import Annotation
from stal_plugin.structures.box_table import BoxTable


@dataclass(frozen=True)
class KeyframeIndex:
    """Key frames of a split with their boxes and labels, as flat arrays.

    Arrays instead of one dict per frame: some 20 bytes per key frame, and worker
    processes share them. S key frames, N boxes, R labels. Boxes of key frame s are
    ``box_start[s]:box_start[s + 1]``; labels of box n are
    ``label_start[n]:label_start[n + 1]``.

    Args:
        video: ``(S,)`` place of the video in the annotation's ``videos``.
        frame: ``(S,)`` 1-based key frame.
        split: ``(S,)`` place of the split in the list it was built from.
        box_start: ``(S + 1,)``.
        boxes: ``(N, 4)`` float32, normalised xyxy.
        person_ids: ``(N,)``; -1 where unknown.
        label_start: ``(N + 1,)``.
        labels: ``(R,)``, 0-based.
        rows: ``(N,)`` row of the annotation that each box comes from.
    """

    video: NDArray[np.int32]
    frame: NDArray[np.int32]
    split: NDArray[np.int16]
    box_start: NDArray[np.int64]
    boxes: NDArray[np.float32]
    person_ids: NDArray[np.int64]
    label_start: NDArray[np.int64]
    labels: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def num_boxes(self) -> NDArray[np.int64]:
        """Boxes per key frame, ``(S,)``."""
        return np.diff(self.box_start)


def build_keyframe_index(
    annotation: Annotation,
    splits: Sequence[str],
    stride: int = 1,
    merge_labels: bool = False,
) -> KeyframeIndex:
    """Collect the key frames of some splits.

    Args:
        annotation: Rows sorted by video and frame, as ``read_annotation`` gives them.
        splits: Names of the splits.
        stride: Take every ``stride``-th labelled frame, from the first of each range
            on.
        merge_labels: Make one box of all rows with the same frame, corners and
            person; otherwise each row is a box of its own.

    Returns:
        The index, ordered by video and frame.
    """
    video, frame, split = _list_keyframes(annotation, splits, stride)
    width = max((v.num_frames for v in annotation.videos.values()), default=0) + 1
    keys = video.astype(np.int64) * width + frame
    row_keys = annotation.video_index() * width + annotation.rows.frames
    nearest = np.minimum(np.searchsorted(keys, row_keys), max(len(keys) - 1, 0))
    rows = np.flatnonzero(keys[nearest] == row_keys) if len(keys) else nearest[:0]
    sample, boxes = nearest[rows], annotation.rows.boxes[rows]
    persons, labels = annotation.rows.person_ids[rows], annotation.rows.labels[rows]
    group = np.arange(len(rows))
    if merge_labels:
        group = BoxTable(sample, boxes, labels, person_ids=persons).groups()
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], np.arange(group.max(initial=-1) + 2))
    first = order[start[:-1]]
    return KeyframeIndex(
        video=video,
        frame=frame,
        split=split,
        box_start=np.searchsorted(sample[first], np.arange(len(keys) + 1)),
        boxes=boxes[first].astype(np.float32),
        person_ids=persons[first],
        label_start=start,
        labels=labels[order],
        rows=rows[first],
    )


def _list_keyframes(
    annotation: Annotation, splits: Sequence[str], stride: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int16]]:
    """Video, frame and split of every key frame, ordered by video and frame."""
    parts = []
    for v, info in enumerate(annotation.videos.values()):
        ranges = [(info.frame_range(name), s) for s, name in enumerate(splits)]
        for _, s in sorted((r, s) for r, s in ranges if r is not None):
            frames = info.key_frames(splits[s], stride).astype(np.int32)
            parts.append((np.full_like(frames, v), frames, np.full_like(frames, s)))
    if not parts:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int16)
    video, frame, split = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return video, frame, split.astype(np.int16)
