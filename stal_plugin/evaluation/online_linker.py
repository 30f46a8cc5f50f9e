"""A causal linker: frame by frame, for live video and for tubes."""

import numpy as np

from stal_plugin.datasets.keyframe_index import group_boxes
from stal_plugin.evaluation.claims import greedy_claims
from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.matching import pairs_between
from stal_plugin.evaluation.track import Track


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
        self._tracks: list[Track] = []
        self._next_id = 0
        self._frame: int | None = None

    @property
    def num_started(self) -> int:
        """Tracks since the start or the last reset."""
        return self._next_id

    @property
    def tracks(self) -> list[Track]:
        """Tracks that have not ended, best score first, seen just now or not."""
        return sorted(self._tracks, key=lambda t: (-t.score, t.track_id))

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
            ValueError: The frame is not later than the one before, or the rows break
                the rules of ``Detections``.
        """
        rows = Detections(
            np.zeros(len(boxes), np.int64),
            np.asarray(boxes, np.float64).reshape(-1, 4),
            np.asarray(labels),
            np.asarray(scores, np.float64),
            np.asarray(scores, np.float64),
        )
        if len(rows) and rows.labels.max() >= self.num_classes:
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
        if self._frame is not None and frame <= self._frame:
            raise ValueError(f"frame {frame} comes after frame {self._frame}")
        self._frame = frame
        self._tracks = [
            t for t in self.tracks if frame - t.last_frame <= self.max_misses + 1
        ]
        taken = self._assign(boxes, votes)
        seen = [
            self._continued(taken.get(i), frame, box, vote)
            for i, (box, vote) in enumerate(zip(boxes, votes, strict=True))
        ]
        ids = {track.track_id for track in seen}
        self._tracks = [t for t in self._tracks if t.track_id not in ids] + seen
        return seen

    def _assign(self, boxes: np.ndarray, votes: np.ndarray) -> dict[int, Track]:
        """Track that each box continues, by the place of the box."""
        if not (len(boxes) and self._tracks):
            return {}
        track_keys = np.zeros(len(self._tracks), np.int64)
        box_keys = np.zeros(len(boxes), np.int64)
        if self.per_class:
            track_keys = np.array([t.label for t in self._tracks])
            box_keys = votes.argmax(1)
        last = np.stack([t.box for t in self._tracks])
        pairs = pairs_between(track_keys, last, box_keys, boxes, self.iou_thr)
        taken = greedy_claims(*pairs, track_keys)
        hits = np.flatnonzero(taken >= 0).tolist()
        return {int(taken[i]): self._tracks[i] for i in hits}

    def _continued(
        self, track: Track | None, frame: int, box: np.ndarray, vote: np.ndarray
    ) -> Track:
        if track is None:
            self._next_id += 1
            label = int(vote.argmax())
            return Track(self._next_id - 1, box, label, vote, frame, frame, 1)
        averaged = self.memory * track.class_scores + (1 - self.memory) * vote
        return Track(
            track.track_id,
            box,
            int(averaged.argmax()),
            averaged,
            track.first_frame,
            frame,
            track.num_hits + 1,
        )


def actor_votes(
    rows: Detections, num_classes: int, per_class: bool = False
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
    apart = rows.labels if per_class else np.zeros(len(rows), np.int64)
    box = group_boxes(rows.frame_ids, rows.boxes, apart)
    _, first = np.unique(box, return_index=True)
    votes = np.zeros((len(first), num_classes))
    np.maximum.at(votes, (box, rows.labels), rows.scores)
    return first, votes
