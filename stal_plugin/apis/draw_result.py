"""Draw what a detector found on a frame."""

import numpy as np

from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.visualization.box_overlay import BoxOverlay
from stal_plugin.visualization.draw import add_status, draw_frame


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
