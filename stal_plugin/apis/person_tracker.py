"""Ids of persons, row by row."""

import numpy as np
from numpy.typing import NDArray

from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.evaluation.track_table import Track


class PersonTracker:
    """Give each row of detections the id of its person, with the evaluator's linker.

    Args:
        linker: The linker; it counts predictions, not frames, because a live source
            skips frames when the network is slow. It is reset.
    """

    def __init__(self, linker: OnlineLinker) -> None:
        self.linker = linker
        self.linker.reset()
        self._step = 0

    def break_off(self) -> None:
        """End all tracks, because frames are missing. Ids go on."""
        self._step += self.linker.max_misses + 1

    def update(
        self, boxes: NDArray, labels: NDArray, scores: NDArray
    ) -> tuple[NDArray[np.int64], tuple[Track, ...]]:
        """Take in the detections of the next frame.

        Args:
            boxes: ``(N, 4)`` xyxy.
            labels: ``(N,)`` 0-based.
            scores: ``(N,)``.

        Returns:
            ``(N,)`` track ids, and the tracks that are on this frame.
        """
        self._step += 1
        tracks = self.linker.update(self._step, boxes, labels, scores)
        if not tracks:
            return np.zeros(0, np.int64), ()
        ids = np.array([track.track_id for track in tracks], np.int64)
        corners = np.stack([track.box for track in tracks])
        same = (np.asarray(boxes, np.float64)[:, None] == corners).all(-1)
        return ids[same.argmax(1)], tuple(tracks)
