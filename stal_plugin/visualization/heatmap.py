"""Heatmaps over frames."""

import cv2
import numpy as np

_OPACITY = 0.75


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
