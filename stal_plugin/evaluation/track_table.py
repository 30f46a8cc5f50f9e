"""What a live tube is at one moment."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Track:
    """One actor, as known after a frame.

    Args:
        track_id: Number of the track, never used again.
        box: ``(4,)`` xyxy of the last detection, in the unit of the detections.
        label: 0-based class that has the largest of ``class_scores``.
        class_scores: ``(K,)`` score of each class, averaged over time.
        first_frame: Frame of the first detection.
        last_frame: Frame of the last detection.
        num_hits: Detections so far.
    """

    track_id: int
    box: np.ndarray
    label: int
    class_scores: np.ndarray
    first_frame: int
    last_frame: int
    num_hits: int

    @property
    def score(self) -> float:
        """Score of ``label``."""
        return float(self.class_scores[self.label])


@dataclass(frozen=True)
class TrackTable:
    """Tracks of one video or of several that go on together (T tracks, K classes).

    Args:
        streams: ``(T,)`` number of the video.
        ids: ``(T,)`` number of the track within its video.
        boxes: ``(T, 4)`` xyxy of the last detection.
        class_scores: ``(T, K)`` score of each class, averaged over time.
        first_frames: ``(T,)`` frame of the first detection.
        last_frames: ``(T,)`` frame of the last detection.
        num_hits: ``(T,)`` detections so far.
    """

    streams: np.ndarray
    ids: np.ndarray
    boxes: np.ndarray
    class_scores: np.ndarray
    first_frames: np.ndarray
    last_frames: np.ndarray
    num_hits: np.ndarray

    @classmethod
    def empty(cls, num_classes: int) -> "TrackTable":
        """Return a table without tracks."""
        none = np.zeros(0, np.int64)
        boxes, scores = np.zeros((0, 4)), np.zeros((0, num_classes))
        return cls(none, none, boxes, scores, none, none, none)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def labels(self) -> np.ndarray:
        """``(T,)`` 0-based class of the largest score."""
        return self.class_scores.argmax(1)

    @property
    def scores(self) -> np.ndarray:
        """``(T,)`` score of the label."""
        return self.class_scores.max(1)

    def take(self, rows: np.ndarray) -> "TrackTable":
        """Return the tracks that a mask or an index array names."""
        return TrackTable(*(getattr(self, f.name)[rows] for f in fields(self)))

    def joined(self, other: "TrackTable") -> "TrackTable":
        """Return the tracks of both."""
        columns = (
            (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )
        return TrackTable(*(np.concatenate(pair) for pair in columns))

    def tracks(self) -> list[Track]:
        """Return the tracks one by one, in order."""
        columns = zip(
            self.ids.tolist(),
            self.boxes,
            self.labels.tolist(),
            self.class_scores,
            self.first_frames.tolist(),
            self.last_frames.tolist(),
            self.num_hits.tolist(),
            strict=True,
        )
        return [Track(*row) for row in columns]
