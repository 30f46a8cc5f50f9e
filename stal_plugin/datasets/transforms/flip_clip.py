"""Flip a clip from left to right, its labels included."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from stal_plugin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FlipClip(BaseTransform):
    """Flip a clip from left to right, its labels included.

    ``mmaction.Flip`` does the frames and the boxes, but leaves ``gt_labels`` alone and
    works in place, so that a frame which the clip repeats is flipped twice. Here
    "slide left" becomes "slide right", and each frame is flipped once.

    Required keys: ``imgs``, ``img_shape``, ``modality``. Modified keys: ``imgs``
    (becomes one array ``(T, H, W, 3)``), ``gt_bboxes``, ``gt_labels`` (int ``(N,)`` or
    multi-hot ``(N, K)``), ``keypoint`` ``(N, J, 2)`` and ``keypoint_visible``
    ``(N, J)``. Optional keys: ``mirrored_labels`` ``(K,)``, the label that each label
    turns into; ``mirrored_keypoints`` ``(J,)``, the same for keypoints (left and right
    swap). Added keys: ``flip``, ``flip_direction``.

    Args:
        flip_ratio: Probability of a flip.

    Raises:
        ValueError: ``stal_plugin.BoxesToPixels`` is missing in the pipeline.
    """

    def __init__(self, flip_ratio: float = 0.5) -> None:
        self.flip = TRANSFORMS.build(
            {"type": "mmaction.Flip", "flip_ratio": flip_ratio}
        )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Flip frames, boxes and labels."""
        if "gt_labels" in results and "gt_bboxes" not in results:
            raise ValueError(
                "results have no gt_bboxes: put stal_plugin.BoxesToPixels between the "
                "decoder and stal_plugin.FlipClip"
            )
        if not isinstance(results["imgs"], np.ndarray):
            results["imgs"] = np.stack(results["imgs"])
        # The host's flip leaves points at x = 0 where they are.
        points = results.pop("keypoint", None)
        results = self.flip(results)
        results["flip"] = bool(results["flip"])
        if points is not None:
            results["keypoint"] = points
            if results["flip"]:
                _flip_keypoints(results)
        if results["flip"] and "gt_labels" in results and "mirrored_labels" in results:
            results["gt_labels"] = mirror_labels(
                results["gt_labels"], results["mirrored_labels"]
            )
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(flip_ratio={self.flip.flip_ratio})"


def _flip_keypoints(results: dict[str, Any]) -> None:
    order = results["mirrored_keypoints"]
    points = results["keypoint"][:, order].copy()
    points[..., 0] = results["img_shape"][1] - points[..., 0]
    results["keypoint"] = points
    results["keypoint_visible"] = results["keypoint_visible"][:, order]


def mirror_labels(labels: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
    """Labels after a horizontal flip.

    Args:
        labels: 0-based ``(N,)``, or multi-hot ``(N, K)``.
        mirrored: ``(K,)``: label k becomes ``mirrored[k]``; its own inverse.

    Returns:
        Labels of the same form.
    """
    return labels[:, mirrored] if labels.ndim == 2 else mirrored[labels]
