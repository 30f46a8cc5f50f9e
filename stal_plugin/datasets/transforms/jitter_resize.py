"""Crop a clip at random and resize it."""

import random
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from stal_plugin.registry import TRANSFORMS

Window = tuple[int, int, int, int]
_PER_BOX = (
    *("gt_bboxes", "gt_labels", "entity_ids", "gt_boxes_norm"),
    *("keypoint", "keypoint_visible", "gt_keypoints_norm"),
)


def jitter_window(img_shape: tuple[int, int], jitter: float) -> Window:
    """Draw a window by moving each border of the image.

    Args:
        img_shape: ``(h, w)``.
        jitter: A border moves by up to this share of the size, inwards or outwards.

    Returns:
        ``(x1, y1, x2, y2)`` in pixels; may reach over the image.
    """
    height, width = img_shape
    dx1, dx2 = (round(random.uniform(-jitter, jitter) * width) for _ in range(2))
    dy1, dy2 = (round(random.uniform(-jitter, jitter) * height) for _ in range(2))
    x2, y2 = width + dx2, height + dy2
    return dx1, dy1, max(x2, dx1 + 1), max(y2, dy1 + 1)


def crop_resize(
    imgs: Sequence[NDArray[np.uint8]], window: Window, scale: tuple[int, int]
) -> NDArray[np.uint8]:
    """Cut one window out of all frames and resize it, in one pass per frame.

    Args:
        imgs: T images ``(H, W, 3)`` of one size.
        window: ``(x1, y1, x2, y2)`` in pixels; black outside of the image.
        scale: Width and height of the result.

    Returns:
        ``(T, h, w, 3)`` uint8.
    """
    frames = list(imgs)  # keeps the images alive, so that their ids are distinct
    x1, y1, x2, y2 = window
    height, width = frames[0].shape[:2]
    left, top = max(x1, 0), max(y1, 0)
    right, bottom = min(x2, width), min(y2, height)
    canvas = np.zeros((y2 - y1, x2 - x1, 3), dtype=np.uint8)
    inner = canvas[top - y1 : bottom - y1, left - x1 : right - x1]
    clip = np.empty((len(frames), scale[1], scale[0], 3), dtype=np.uint8)
    first: dict[int, int] = {}
    for t, image in enumerate(frames):
        same = first.setdefault(id(image), t)
        if same < t:  # padding repeats frames
            clip[t] = clip[same]
            continue
        inner[:] = image[top:bottom, left:right]
        cv2.resize(canvas, scale, dst=clip[t])
    return clip


def boxes_in_window(
    boxes: NDArray[np.float32], window: Window, scale: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Move boxes into a resized window.

    Args:
        boxes: ``(N, 4)`` xyxy in pixels of the image.
        window: ``(x1, y1, x2, y2)`` in pixels of the image.
        scale: Width and height that the window is resized to.

    Returns:
        Boxes ``(N, 4)`` float32 clipped to the window, in its pixels, and the share
        ``(N,)`` of each box's area that is left.
    """
    x1, y1, x2, y2 = window
    factor = np.array([scale[0] / (x2 - x1), scale[1] / (y2 - y1)], dtype=np.float32)
    corners = boxes.reshape(-1, 2, 2).astype(np.float32)
    moved = (corners - np.array([x1, y1], dtype=np.float32)) * factor
    clipped = np.clip(moved, 0, np.array(scale, dtype=np.float32))
    area, left = (np.prod(c[:, 1] - c[:, 0], axis=1) for c in (moved, clipped))
    share = np.divide(left, area, out=np.zeros_like(area), where=area > 0)
    return clipped.reshape(-1, 4), share


def points_in_window(
    points: NDArray[np.float32], window: Window, scale: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Move points into a resized window.

    Args:
        points: ``(N, K, 2)`` x and y in pixels of the image.
        window: ``(x1, y1, x2, y2)`` in pixels of the image.
        scale: Width and height that the window is resized to.

    Returns:
        Points ``(N, K, 2)`` float32 in pixels of the window, not clipped, and which
        ``(N, K)`` of them lie inside.
    """
    x1, y1, x2, y2 = window
    factor = np.array([scale[0] / (x2 - x1), scale[1] / (y2 - y1)], dtype=np.float32)
    moved = (points.astype(np.float32) - np.array([x1, y1], dtype=np.float32)) * factor
    inside: NDArray[np.bool_] = np.all((moved >= 0) & (moved < scale), axis=-1)
    return moved.astype(np.float32, copy=False), inside


@TRANSFORMS.register_module()
class JitterResize(BaseTransform):
    """Crop a clip at random and resize it, as YOWO does in training.

    Each border of the frame moves by up to ``jitter`` of its size, inwards or outwards
    (black), and the window is resized to ``scale``; the aspect ratio is not kept. The
    window is the same for all frames. Boxes of which too little is left are dropped,
    with their labels, ids and keypoints; keypoints outside of the window become
    invisible.

    Required keys: ``imgs``, ``img_shape``, ``gt_bboxes``, ``gt_labels``. Modified keys:
    those, ``keypoint``, ``keypoint_visible``, ``entity_ids``, ``gt_boxes_norm``,
    ``scale_factor`` (``(2,)`` float32, new pixels per old pixel in x and y). ``imgs``
    becomes one array ``(T, h, w, 3)``. Added key: ``crop_window``.

    Args:
        scale: Width and height of the result.
        jitter: Largest move of a border, as a share of the frame.
        min_visible: Drop boxes of which less than this share of the area is left.

    Raises:
        ValueError: An argument is out of range, or ``stal_plugin.BoxesToPixels`` is
            missing in the pipeline.
    """

    def __init__(
        self, scale: tuple[int, int], jitter: float = 0.2, min_visible: float = 0.25
    ) -> None:
        if len(scale) != 2 or min(scale) < 1:
            raise ValueError(f"scale={scale} must be a width and a height")
        if not 0 <= jitter < 0.5 or not 0 <= min_visible <= 1:
            raise ValueError(
                f"jitter={jitter} must be in [0, 0.5), min_visible={min_visible} in "
                "[0, 1]"
            )
        self.scale = (int(scale[0]), int(scale[1]))
        self.jitter = jitter
        self.min_visible = min_visible

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop and resize the frames and their boxes."""
        if "gt_bboxes" not in results:
            raise ValueError(
                "results have no gt_bboxes: put stal_plugin.BoxesToPixels between the "
                "decoder and stal_plugin.JitterResize"
            )
        window = jitter_window(results["img_shape"], self.jitter)
        results["imgs"] = crop_resize(results["imgs"], window, self.scale)
        boxes, visible = boxes_in_window(results["gt_bboxes"], window, self.scale)
        results["gt_bboxes"] = boxes
        if "keypoint" in results:
            points, inside = points_in_window(results["keypoint"], window, self.scale)
            results["keypoint"] = points
            results["keypoint_visible"] = results["keypoint_visible"] * inside
        keep = (visible >= self.min_visible) & (visible > 0)
        for key in _PER_BOX:
            if key in results:
                results[key] = results[key][keep]
        width, height = self.scale
        size = (window[2] - window[0], window[3] - window[1])
        factor = np.array([width / size[0], height / size[1]], dtype=np.float32)
        results["scale_factor"] = results.get("scale_factor", np.float32(1)) * factor
        results["img_shape"] = (height, width)
        results["crop_window"] = window
        return results

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(scale={self.scale}, jitter={self.jitter}, "
            f"min_visible={self.min_visible})"
        )
