"""Drawing of workers, idle or acting."""

import cv2
import numpy as np

from standin.appearance import Camera, Colour, Handling, Worker
from standin.drawing import draw_item, fill_ellipse, fill_polygon

_SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64)
_TRUNK_UP = 34.0  # from the work place up to the middle of the trunk, in units
_HEAD_UP = 74.0
_SHOULDER = np.array([0.75, -44.0])  # x in half widths of the trunk, y in units
_ARM = 9.0  # thickness of the arm in units
_EDGE_SHADE = 0.6


def draw_body(
    image: np.ndarray, camera: Camera, worker: Worker, sway: np.ndarray
) -> None:
    """Draw trunk and head of a worker.

    Args:
        image: RGB frame, drawn into.
        camera: Vantage point.
        worker: Whom to draw.
        sway: The worker's displacement in this frame, in units, shape (2,).
    """
    position = np.array(worker.centre) + sway
    scale = camera.pixels_per_unit
    trunk = camera.points(position - [0.0, _TRUNK_UP])
    fill_ellipse(image, trunk, np.array(worker.size) * scale, worker.shirt)
    head = camera.points(position - [0.0, _HEAD_UP] + sway)
    fill_ellipse(image, head, np.array([10.0, 14.0]) * scale, worker.skin)


def draw_idle(
    image: np.ndarray, camera: Camera, worker: Worker, sway: np.ndarray
) -> None:
    """Draw the resting arm and hand of an idle worker, maybe with an empty board.

    Args:
        image: RGB frame, drawn into.
        camera: Vantage point.
        worker: Whom to draw.
        sway: The worker's displacement in this frame, in units, shape (2,).
    """
    position = np.array(worker.centre) + sway
    scale = camera.pixels_per_unit
    if worker.keeps_board:
        half = np.array([15.0, 13.0]) * scale
        corners = camera.points(np.array(worker.centre)) + _SQUARE * half
        fill_polygon(image, corners, _shaded(worker.board))
        fill_polygon(image, corners * 0.9 + corners.mean(axis=0) * 0.1, worker.board)
    hand = position + np.array([0.5 * worker.size[0], -22.0]) + sway
    _draw_arm(image, camera, worker, position, hand)
    fill_ellipse(image, camera.points(hand), np.array([6.0, 7.0]) * scale, worker.skin)


def draw_action(
    image: np.ndarray,
    camera: Camera,
    worker: Worker,
    handling: Handling,
    sway: np.ndarray,
    board: np.ndarray,
    state: np.ndarray,
) -> None:
    """Draw arm, board, hand and item of an acting worker.

    Args:
        image: RGB frame, drawn into.
        camera: Vantage point.
        worker: Who acts.
        handling: Look of the action.
        sway: The worker's displacement in this frame, in units, shape (2,).
        board: Whole pixels (left, top, right, bottom) of the board, shape (4,).
        state: State of the motion, shape (4,).
    """
    height, width = image.shape[:2]
    position = np.array(worker.centre) + sway
    _draw_arm(image, camera, worker, position, position)
    left, top, right, bottom = board.tolist()
    patch = np.empty((bottom - top, right - left, 3), dtype=np.uint8)
    patch[:] = handling.board
    colours = (handling.item, handling.hand)
    draw_item(patch, state, handling.bar, np.array(handling.size), colours)
    edge = max(1, width // 320)
    corners = (0, 0), (right - left - 1, bottom - top - 1)
    cv2.rectangle(patch, *corners, _shaded(handling.board), edge)
    # A board can stick out of the frame; only the visible part is pasted.
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    image[y1:y2, x1:x2] = patch[y1 - top : y2 - top, x1 - left : x2 - left]


def _draw_arm(
    image: np.ndarray,
    camera: Camera,
    worker: Worker,
    position: np.ndarray,
    hand: np.ndarray,
) -> None:
    """Draw an arm from the shoulder to the hand."""
    shoulder = camera.points(position + _SHOULDER * [worker.size[0], 1.0])
    wrist = camera.points(hand)
    along = wrist - shoulder
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6)
    across *= camera.pixels_per_unit.mean() * _ARM / 2
    corners = [shoulder + across, wrist + across, wrist - across, shoulder - across]
    fill_polygon(image, np.array(corners), _shaded(worker.skin))


def _shaded(colour: Colour) -> Colour:
    """Return a darker colour."""
    red, green, blue = (round(_EDGE_SHADE * value) for value in colour)
    return red, green, blue
