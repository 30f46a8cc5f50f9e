"""Draw what a detector found on a frame."""

from dataclasses import replace

import numpy as np

from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.visualization.box_overlay import BoxOverlay
from stal_plugin.visualization.draw import draw_frame
from stal_plugin.visualization.text import TextStyle, fit_lines


def draw_result(result: FrameResult, status: str = "") -> np.ndarray:
    """Draw boxes with track ids, actions and scores.

    Args:
        result: What was found.
        status: Lines of text for the upper left corner.

    Returns:
        ``(H, W, 3)`` uint8 RGB; the image of the result is not changed.
    """
    overlay = BoxOverlay.of_predictions(
        result.boxes, result.labels, result.scores, result.classes, score_thr=0.0
    )
    image = draw_frame(result.image, _with_ids(overlay, result))
    if status:
        _put_status(image, status.splitlines())
    return image


def _with_ids(overlay: BoxOverlay, result: FrameResult) -> BoxOverlay:
    """Put the track id before the first line of each box."""
    if not len(result):
        return overlay
    corners = np.asarray(result.boxes, np.float64)
    rows = (overlay.boxes[:, None] == corners).all(-1).argmax(1)
    ids = result.track_ids[rows].tolist()
    lines = tuple(
        (f"#{number} {first}", *others)
        for number, (first, *others) in zip(ids, overlay.lines, strict=True)
    )
    return replace(overlay, lines=lines)


def _put_status(image: np.ndarray, lines: list[str]) -> None:
    height, width = image.shape[:2]
    style = TextStyle.for_frame(height, width)
    shown = fit_lines(tuple(lines), style, (width, height))
    right = min(width, 2 * style.pad + max(map(style.width, shown)))
    bottom = min(height, style.height * len(shown))
    image[:bottom, :right] //= 4
    for row, line in enumerate(shown):
        style.put(image, line, 0, row * style.height, (255, 255, 255))
