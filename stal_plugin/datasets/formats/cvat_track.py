"""One track of a CVAT export."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CvatTrack:
    """Boxes of one object, as CVAT writes them.

    Args:
        track_id: CVAT's number of the track.
        label: The object's label.
        task_id: Task that the track belongs to; '' in an export of one task.
        frames: ``(N,)`` int64, 0-based, increasing.
        boxes: ``(N, 4)`` float64 xyxy in pixels.
        outside: ``(N,)`` bool, True where the object is not visible from here on.
    """

    track_id: str
    label: str
    task_id: str
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    outside: NDArray[np.bool_]

    @property
    def ends_visible(self) -> bool:
        """Whether the track goes on to the end of its task."""
        return bool(len(self.frames)) and not self.outside[-1]

    def visible_boxes(
        self, last_frame: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Box of every frame on which the object is visible, by CVAT's rule.

        From a box that is not outside the object is visible until the frame before the
        next box, moving linearly towards it, even if that one is outside. After its
        last box it stays where it is until the end of the task.

        Args:
            last_frame: Last frame of the task, 0-based.

        Returns:
            Frames ``(M,)`` int64, 0-based and increasing, and boxes ``(M, 4)``.
        """
        following = np.append(self.frames[1:], last_frame + 1)
        spans = np.where(self.outside, 0, np.maximum(following - self.frames, 0))
        start = np.repeat(np.arange(len(spans)), spans)
        steps = np.arange(spans.sum()) - np.repeat(np.cumsum(spans) - spans, spans)
        target = self.boxes[np.minimum(start + 1, len(spans) - 1)]
        ratio = (steps / np.maximum(spans[start], 1))[:, None]
        boxes = self.boxes[start] + ratio * (target - self.boxes[start])
        return self.frames[start] + steps, boxes
