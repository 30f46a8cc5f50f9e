"""What a detector found on a frame, as numbers, JSON and picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.evaluation.track_table import Track
from stal_plugin.visualization.box_overlay import BoxOverlay
from stal_plugin.visualization.draw import add_status, draw_frame


@dataclass(frozen=True)
class FrameResult:
    """What a detector found on a frame, one row per (box, label).

    A person who does several things has a row for each, with equal corners and the
    same track id.

    Args:
        image: ``(H, W, 3)`` uint8 RGB, the frame.
        frame: Number of the frame, 1-based.
        time: Seconds since the first frame.
        boxes: ``(N, 4)`` float32 xyxy in pixels of the frame.
        labels: ``(N,)`` int64, 0-based.
        scores: ``(N,)`` float32, best first.
        objectness: ``(N,)`` float32, confidence before the class score.
        track_ids: ``(N,)`` int64, from 0.
        tracks: The persons seen on this frame, with their actions as voted over time.
        classes: Names of all classes.
        age: Predictions since the clip was looked at, 0 unless ``stride`` is larger
            than 1.
        latency: Seconds from the arrival of the frame to this result.
        skipped: Frames since the last result that only completed the clip.
        lost: Frames of a live source that were dropped, all in all.
    """

    image: NDArray[np.uint8]
    frame: int
    time: float
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    objectness: NDArray[np.float32]
    track_ids: NDArray[np.int64]
    tracks: tuple[Track, ...]
    classes: tuple[str, ...]
    age: int = 0
    latency: float = 0.0
    skipped: int = 0
    lost: int = 0

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def names(self) -> list[str]:
        """Class name of each row."""
        return [self.classes[label] for label in self.labels.tolist()]

    def to_dict(self) -> dict[str, Any]:
        """Return what goes into a line of JSON.

        Returns:
            Frame, time, latency, and an object for each row; boxes in pixels.
        """
        rows = zip(
            self.boxes.tolist(),
            self.labels.tolist(),
            self.names,
            self.scores.tolist(),
            self.track_ids.tolist(),
            strict=True,
        )
        return {
            "frame": self.frame,
            "time": round(self.time, 3),
            "latency": round(self.latency, 4),
            "skipped": self.skipped,
            "detections": [
                {
                    "box": [round(corner, 2) for corner in box],
                    "label": label,
                    "name": name,
                    "score": round(score, 4),
                    "track_id": track_id,
                }
                for box, label, name, score, track_id in rows
            ],
        }


def draw_result(result: FrameResult, status: str = "") -> np.ndarray:
    """Draw boxes with track ids, actions and scores.

    Args:
        result: What was found.
        status: Lines of text for the upper left corner.

    Returns:
        ``(H, W, 3)`` uint8 RGB; the image of the result is not changed.
    """
    overlay = BoxOverlay.of_predictions(
        result.boxes,
        result.labels,
        result.scores,
        result.classes,
        score_thr=0.0,
        track_ids=result.track_ids,
    )
    return add_status(draw_frame(result.image, overlay), status)
