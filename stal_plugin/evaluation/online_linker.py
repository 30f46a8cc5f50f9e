"""A causal linker: frame by frame, for live video and for tubes."""

import numpy as np

from stal_plugin.evaluation.matching import greedy_matches
from stal_plugin.evaluation.track_table import Track, TrackTable
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import check_table
from stal_plugin.structures.iou import pairs_between


class OnlineLinker:
    """Give detections the ids of actors as the frames come in.

    On each frame the tracks, best score first, take the box that overlaps their last
    one most; boxes that are left start new tracks. A track ends when it was not seen
    for more than ``max_misses`` frames. Nothing looks ahead, and time and memory per
    frame depend on the number of boxes and tracks only.

    Class-agnostic, an actor is one track, and its label is voted for: the scores of
    each class are averaged over time with the weight ``memory`` for the past. A box
    with several labels votes for each. ``per_class``, boxes only continue tracks of
    their own label, as in the published linkers.

    Args:
        num_classes: K.
        iou_thr: Smallest IoU of a box with the track's last one.
        max_misses: Frames without a box that a track survives.
        per_class: Link each class for itself.
        memory: Weight of the past in the average of the scores, 0 (the last box
            alone) to below 1.

    Raises:
        ValueError: A number is out of range.
    """

    def __init__(
        self,
        num_classes: int,
        iou_thr: float = 0.3,
        max_misses: int = 5,
        per_class: bool = False,
        memory: float = 0.8,
    ) -> None:
        if num_classes < 1 or max_misses < 0:
            raise ValueError(
                f"num_classes={num_classes} must be at least 1, "
                f"max_misses={max_misses} at least 0"
            )
        if not 0 < iou_thr <= 1 or not 0 <= memory < 1:
            raise ValueError(
                f"iou_thr={iou_thr} must be in (0, 1], memory={memory} in [0, 1)"
            )
        self.num_classes = num_classes
        self.iou_thr = iou_thr
        self.max_misses = max_misses
        self.per_class = per_class
        self.memory = memory
        self.reset()

    def reset(self) -> None:
        """Forget all tracks; for the next video. Ids start at 0 again."""
        self._table = TrackTable.empty(self.num_classes)
        self._next_ids = np.zeros(1, np.int64)  # of each stream
        self._frame: int | None = None

    @property
    def num_started(self) -> int:
        """Tracks since the start or the last reset."""
        return int(self._next_ids.sum())

    @property
    def tracks(self) -> list[Track]:
        """Tracks that have not ended, best score first, seen just now or not."""
        table = self._table
        order = np.lexsort((table.ids, -table.scores)) if len(table) else table.ids
        return table.take(order).tracks()

    def update(
        self, frame: int, boxes: np.ndarray, labels: np.ndarray, scores: np.ndarray
    ) -> list[Track]:
        """Take in the detections of the next frame.

        Args:
            frame: Number of the frame, larger than the one before. Frames in between
                count as misses.
            boxes: ``(N, 4)`` xyxy, one row per (box, label): a box with several
                labels has a row for each, with equal corners.
            labels: ``(N,)`` 0-based.
            scores: ``(N,)``.

        Returns:
            The tracks that a box of this frame continues or starts, in the order of
            the first rows of their boxes.

        Raises:
            ValueError: The frame is not later than the one before, a value is not
                finite, or a label is not a class.
        """
        rows = BoxTable(
            np.zeros(len(boxes), np.int64),
            np.asarray(boxes, np.float64).reshape(-1, 4),
            np.asarray(labels),
            scores=np.asarray(scores, np.float64),
        )
        check_table(rows, "detections")
        if rows.labels.max(initial=-1) >= self.num_classes:
            raise ValueError(
                f"label {rows.labels.max()} is not in 0..{self.num_classes - 1}"
            )
        first, votes = actor_votes(rows, self.num_classes, self.per_class)
        return self.link(frame, rows.boxes[first], votes)

    def link(self, frame: int, boxes: np.ndarray, votes: np.ndarray) -> list[Track]:
        """Take in the next frame, one row per actor; else as :meth:`update`.

        Args:
            frame: See :meth:`update`.
            boxes: ``(B, 4)`` xyxy.
            votes: ``(B, K)`` score of each class; 0 for a class that the box was not
                given.

        Returns:
            ``B`` tracks, in the order of the boxes.

        Raises:
            ValueError: The frame is not later than the one before.
        """
        streams = np.zeros(len(boxes), np.int64)
        return self.link_streams(frame, streams, boxes, votes).tracks()

    def link_streams(
        self, frame: int, streams: np.ndarray, boxes: np.ndarray, votes: np.ndarray
    ) -> TrackTable:
        """Take in the next frame of several videos that go on in step.

        Each video is linked as if it were alone.

        Args:
            frame: Number of the frame in every video, larger than the one before.
            streams: ``(B,)`` number of the video of each box, ascending from 0.
            boxes: See :meth:`link`.
            votes: See :meth:`link`.

        Returns:
            ``B`` tracks, in the order of the boxes; ids count within a video.

        Raises:
            ValueError: The frame is not later than the one before.
        """
        if self._frame is not None and frame <= self._frame:
            raise ValueError(f"frame {frame} comes after frame {self._frame}")
        self._frame = frame
        table = self._table
        table = table.take(frame - table.last_frames <= self.max_misses + 1)
        box_of_track = self._assign(table, streams, boxes, votes)
        hits = np.flatnonzero(box_of_track >= 0)
        continued = box_of_track[hits]
        ids, first = np.empty(len(boxes), np.int64), np.full(len(boxes), frame)
        num_hits, scores = np.ones(len(boxes), np.int64), votes.copy()
        ids[continued] = table.ids[hits]
        first[continued] = table.first_frames[hits]
        num_hits[continued] += table.num_hits[hits]
        past, now = table.class_scores[hits], votes[continued]
        scores[continued] = self.memory * past + (1 - self.memory) * now
        is_new = np.ones(len(boxes), bool)
        is_new[continued] = False
        ids[is_new] = self._new_ids(streams[is_new])
        last = np.full(len(boxes), frame)
        seen = TrackTable(streams, ids, boxes, scores, first, last, num_hits)
        self._table = table.take(box_of_track < 0).joined(seen)
        return seen

    def _assign(
        self,
        table: TrackTable,
        streams: np.ndarray,
        boxes: np.ndarray,
        votes: np.ndarray,
    ) -> np.ndarray:
        """``(T,)`` box that continues each track, -1 for none."""
        result = np.full(len(table), -1, np.int64)
        if not (len(boxes) and len(table)):
            return result
        order = np.lexsort((table.ids, -table.scores))  # who chooses first
        keys, box_keys = table.streams[order], streams
        if self.per_class:
            keys = keys * self.num_classes + table.labels[order]
            box_keys = box_keys * self.num_classes + votes.argmax(1)
        pairs = pairs_between(keys, table.boxes[order], box_keys, boxes, self.iou_thr)
        result[order] = greedy_matches(*pairs, keys)
        return result

    def _new_ids(self, streams: np.ndarray) -> np.ndarray:
        """Number new tracks on; ``streams`` ascend."""
        missing = int(streams.max(initial=0)) + 1 - len(self._next_ids)
        if missing > 0:
            self._next_ids = np.append(self._next_ids, np.zeros(missing, np.int64))
        position = np.arange(len(streams)) - np.searchsorted(streams, streams)
        ids = self._next_ids[streams] + position
        self._next_ids += np.bincount(streams, minlength=len(self._next_ids))
        return ids


def actor_votes(
    rows: BoxTable, num_classes: int, per_class: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Join the rows that share a frame and a box.

    Args:
        rows: Detections of one frame, or of several.
        num_classes: K.
        per_class: Whether rows with different labels stay apart.

    Returns:
        First row ``(B,)`` of each box, ascending, and its scores by class ``(B, K)``,
        0 for a class it was not given.
    """
    box = rows.groups(
        ("frames", "boxes", "labels") if per_class else ("frames", "boxes")
    )
    _, first = np.unique(box, return_index=True)
    votes = np.zeros((len(first), num_classes))
    np.maximum.at(votes, (box, rows.labels), rows.scores)
    return first, votes
