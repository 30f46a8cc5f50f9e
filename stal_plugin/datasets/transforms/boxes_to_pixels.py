"""Turn normalised boxes into pixels of the frames."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from stal_plugin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class BoxesToPixels(BaseTransform):
    """Turn normalised boxes into pixels of the frames.

    Comes after the decoder. Some of the host's decoders scale ``gt_bboxes`` and some
    do not; this transform takes ``gt_boxes_norm``, which none of them touches.

    Required keys: ``gt_boxes_norm`` ``(N, 4)`` xyxy in [0, 1], ``img_shape``. Added
    key: ``gt_bboxes`` ``(N, 4)`` float32, xyxy in pixels. Optional key:
    ``gt_keypoints_norm`` ``(N, K, 2)``; it adds ``keypoint`` ``(N, K, 2)`` float32, x
    and y in pixels, the key that the host's ``Resize`` scales.

    Raises:
        ValueError: The frames were cropped or flipped already.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the boxes."""
        if "crop_window" in results or results.get("flip"):
            raise ValueError(
                "stal_plugin.BoxesToPixels must come right after the decoder, before "
                "crops and flips"
            )
        height, width = results["img_shape"]
        size = np.array([width, height, width, height], dtype=np.float32)
        results["gt_bboxes"] = results["gt_boxes_norm"].astype(np.float32) * size
        if "gt_keypoints_norm" in results:
            points = results["gt_keypoints_norm"].astype(np.float32)
            results["keypoint"] = points * size[:2]
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
