"""Draw boxes with labels, heatmaps, captions and status lines on a frame."""

import cv2
import numpy as np

from stal_plugin.visualization.box_overlay import BoxOverlay
from stal_plugin.visualization.labels import (
    BOX_WORTH,
    LABEL_WORTH,
    TextStyle,
    fit_lines,
    place_label,
    text_color,
)

_DARK, _WHITE = (32, 32, 32), (255, 255, 255)
_OPACITY = 0.75  # of the hottest spot of a heatmap


def draw_frame(
    image: np.ndarray,
    predictions: BoxOverlay | None = None,
    ground_truth: BoxOverlay | None = None,
    heatmap: np.ndarray | None = None,
) -> np.ndarray:
    """Draw predictions (solid, colour of the class) and ground truth (dashed).

    Ground truth has black and white dashes, so that it shows on top of a prediction
    at the same place; its labels are white on dark, with a bar in the colour of the
    class. Lines and letters grow with the frame, labels never leave it.

    Args:
        image: ``(H, W, 3)`` uint8 RGB; it is not changed.
        predictions: Boxes in pixels of ``image``.
        ground_truth: Boxes in pixels of ``image``.
        heatmap: ``(h, w)`` or ``(J, h, w)`` in [0, 1], laid over the frame below the
            boxes.

    Returns:
        ``(H, W, 3)`` uint8 RGB.
    """
    canvas = np.ascontiguousarray(image).copy()
    if heatmap is not None:
        canvas = overlay_heatmap(canvas, heatmap)
    style = TextStyle.for_frame(*canvas.shape[:2])
    for overlay, draw_edge in ((predictions, _solid), (ground_truth, _dashed)):
        if overlay is not None:
            corners = _corners(overlay.boxes, canvas)
            for box, color in zip(corners, overlay.colors.tolist(), strict=True):
                draw_edge(canvas, box, color, style.line)
    # labels come last: no edge may cross them
    taken: list[tuple] = [
        (x1, y1, x2 + 1, y2 + 1, BOX_WORTH)
        for overlay in (predictions, ground_truth)
        if overlay is not None
        for x1, y1, x2, y2 in _corners(overlay.boxes, canvas).tolist()
    ]
    for overlay, is_truth in ((predictions, False), (ground_truth, True)):
        if overlay is not None:
            corners = _corners(overlay.boxes, canvas)
            for box, lines, colors in zip(
                corners, overlay.lines, overlay.line_colors, strict=True
            ):
                _label(canvas, style, (box, lines, colors), is_truth, taken)
    return canvas


def overlay_heatmap(image: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    """Lay a heatmap over a frame; where it is 0 the frame stays as it is.

    The colours, from dark blue to yellow, rise in lightness too, for colour-blind
    readers; they cover the more, the hotter.

    Args:
        image: ``(H, W, 3)`` uint8 RGB; it is not changed.
        heatmap: ``(h, w)`` or ``(J, h, w)`` in [0, 1], of the whole frame at any
            resolution; of several maps the hottest shows.

    Returns:
        ``(H, W, 3)`` uint8 RGB.

    Raises:
        ValueError: The heatmap has another shape, or values outside of [0, 1].
    """
    if heatmap.ndim not in (2, 3) or not heatmap.size:
        raise ValueError(f"a heatmap must be (h, w) or (J, h, w), got {heatmap.shape}")
    hottest = heatmap if heatmap.ndim == 2 else heatmap.max(axis=0)
    if not (hottest.min() >= 0 and hottest.max() <= 1):
        raise ValueError(
            f"a heatmap must be in [0, 1], its values are from {hottest.min():.3g} to "
            f"{hottest.max():.3g}"
        )
    size = (image.shape[1], image.shape[0])
    heat = cv2.resize(hottest.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    levels = (255 * heat).round().astype(np.uint8)
    colors = cv2.cvtColor(
        cv2.applyColorMap(levels, cv2.COLORMAP_CIVIDIS), cv2.COLOR_BGR2RGB
    )
    weight = _OPACITY * heat[..., None]
    return (
        (image + weight * (colors.astype(np.float32) - image)).round().astype(np.uint8)
    )


def resize_frame(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize with the filter that suits the direction."""
    if image.shape[:2] == (height, width):
        return image
    smaller = width < image.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(image, (width, height), interpolation=method)


def add_caption(image: np.ndarray, text: str, end: str = "") -> np.ndarray:
    """Put a line of text below an image, on a dark bar of its width.

    Args:
        image: ``(H, W, 3)`` uint8 RGB.
        text: What is shortened if there is no room for all.
        end: What follows it whole, such as the number of a frame.
    """
    style = TextStyle.for_frame(*image.shape[:2])
    width = image.shape[1]
    bar = np.full((style.height, width, 3), _DARK, np.uint8)
    start = style.fit(text, width - style.width(end)) if end else text
    style.put(bar, style.fit(start + end, width), 0, 0, _WHITE)
    return np.concatenate([image, bar])


def add_status(image: np.ndarray, text: str) -> np.ndarray:
    """Write lines of text into the upper left corner, on a darkened block.

    Args:
        image: ``(H, W, 3)`` uint8 RGB; it is not changed.
        text: One line or several; without any the image is returned as it is.
    """
    lines = tuple(text.splitlines())
    if not lines:
        return image
    image = image.copy()
    height, width = image.shape[:2]
    style = TextStyle.for_frame(height, width)
    shown = fit_lines(lines, style, (width, height))
    right = min(width, 2 * style.pad + max(map(style.width, shown)))
    bottom = min(height, style.height * len(shown))
    image[:bottom, :right] //= 4
    for row, line in enumerate(shown):
        style.put(image, line, 0, row * style.height, _WHITE)
    return image


def centred(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Put an image in the middle of a black frame of a width and height."""
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    top, left = (size[1] - image.shape[0]) // 2, (size[0] - image.shape[1]) // 2
    canvas[top : top + image.shape[0], left : left + image.shape[1]] = image
    return canvas


def _corners(boxes: np.ndarray, canvas: np.ndarray) -> np.ndarray:
    """Round corners to pixels and keep them within the frame: ``(N, 4)`` int."""
    height, width = canvas.shape[:2]
    limit = np.array([width, height, width, height]) - 1
    return np.clip(np.round(boxes), 0, limit).astype(np.int64)


def _solid(canvas: np.ndarray, box: np.ndarray, color: list, thickness: int) -> None:
    x1, y1, x2, y2 = box.tolist()
    cv2.rectangle(canvas, (x1, y1), (x2, y2), color, thickness)


def _dashed(canvas: np.ndarray, box: np.ndarray, color: list, thickness: int) -> None:
    """Draw a thin black edge with white dashes; the class colours its label only."""
    del color
    thin = max(1, thickness // 2)
    _solid(canvas, box, [0, 0, 0], thin)
    x1, y1, x2, y2 = box.tolist()
    dash = 4 * thin
    across = np.arange(x1, x2, 2 * dash)
    down = np.arange(y1, y2, 2 * dash)
    starts = [
        np.stack([np.tile(across, 2), np.repeat([y1, y2], len(across))], 1),
        np.stack([np.repeat([x1, x2], len(down)), np.tile(down, 2)], 1),
    ]
    ends = [
        np.minimum(starts[0] + [dash, 0], [x2, y2]),
        np.minimum(starts[1] + [0, dash], [x2, y2]),
    ]
    dashes = np.stack([np.concatenate(starts), np.concatenate(ends)], 1)
    cv2.polylines(canvas, list(dashes.astype(np.int32)), False, _WHITE, thin)


def _label(
    canvas: np.ndarray, style: TextStyle, item: tuple, is_truth: bool, taken: list
) -> None:
    """Write the lines of a box where they cover no label or box, if there is room."""
    box, lines, colors = item
    height, width = canvas.shape[:2]
    shown = fit_lines(lines, style, (width, height))
    if not any(shown):
        return
    bar = 2 * style.pad if is_truth else 0
    size = (
        min(width, bar + 2 * style.pad + max(map(style.width, shown))),
        min(height, style.height * len(shown)),
    )
    spots = np.array(taken)
    left, top = place_label(box, size, (width, height), spots, below=is_truth)
    right, bottom = left + size[0], top + size[1]
    taken.append((left, top, right, bottom, LABEL_WORTH))
    # written to a copy of the block, letters cannot leave it
    block = np.ascontiguousarray(canvas[top:bottom, left:right])
    if len(shown) == len(lines):
        own = colors
    else:  # the last line counts those that had no room, it has no class
        own = np.array([*colors[: len(shown) - 1], _DARK])
    for row, (line, color) in enumerate(zip(shown, own, strict=True)):
        background = np.array(_DARK) if is_truth else color
        band = slice(row * style.height, (row + 1) * style.height)
        block[band], block[band, :bar] = background, color
        style.put(block, line, bar, row * style.height, text_color(background))
    canvas[top:bottom, left:right] = block
