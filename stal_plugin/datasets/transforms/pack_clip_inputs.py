"""Pack a clip and what is known of its key frame."""

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.transforms import BaseTransform

from stal_plugin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackClipInputs(BaseTransform):
    """Pack a clip and what is known of its key frame, keypoints included.

    ``mmaction.PackActionInputs`` does all but the keypoints, which it cannot carry.
    Without the key ``keypoint`` the result is the host's.

    Required keys: ``imgs``, ``gt_bboxes``, ``gt_labels``. Optional keys: ``keypoint``
    ``(N, K, 2)``, ``keypoint_visible`` ``(N, K)``. Result: ``inputs`` and
    ``data_samples``; its ``gt_instances`` has ``bboxes``, ``labels`` and, if there
    are keypoints, ``keypoints`` ``(N, K, 2)`` float32 in pixels of the network's input
    and ``keypoints_visible`` ``(N, K)`` float32, 1 where a keypoint is annotated and
    inside of the image, else 0.

    Args:
        meta_keys: Keys that go into the sample's metainfo.
    """

    def __init__(self, meta_keys: Sequence[str]) -> None:
        self.meta_keys = tuple(meta_keys)
        self.pack = TRANSFORMS.build(
            {"type": "mmaction.PackActionInputs", "meta_keys": ()}
        )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack the sample."""
        packed = self.pack(results)
        sample = packed["data_samples"]
        for key in self.meta_keys:  # the host would copy all of it: half of the time
            if key in results:
                sample.set_field(results[key], key, field_type="metainfo")
        if "keypoint" in results:
            instances = sample.gt_instances
            instances.keypoints = torch.as_tensor(
                results["keypoint"], dtype=torch.float32
            )
            instances.keypoints_visible = torch.as_tensor(
                results["keypoint_visible"], dtype=torch.float32
            )
        return packed

    def __repr__(self) -> str:
        return f"{type(self).__name__}(meta_keys={self.meta_keys})"
