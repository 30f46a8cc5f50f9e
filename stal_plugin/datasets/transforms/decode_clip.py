"""Read the frames of a clip."""

from typing import Any

from mmcv.transforms import BaseTransform

from stal_plugin.datasets.transforms.reader_cache import ReaderCache
from stal_plugin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class DecodeClip(BaseTransform):
    """Read the frames of a clip from a video file or a folder of frames.

    The host's pairs ``mmaction.DecordInit`` + ``DecordDecode`` and so on can stand in
    its place. This one keeps readers open between samples, decodes a repeated frame
    once and is frame-exact where a container has no usable frame count.

    Required keys: ``filename``, ``frame_inds``. Added keys: ``imgs`` (list of RGB
    uint8 ``(H, W, 3)``; repeated frames share one array), ``original_shape`` and
    ``img_shape`` ``(h, w)``, ``clip_len``, ``num_clips``.

    Args:
        max_open: Number of video files that each process keeps open.
    """

    def __init__(self, max_open: int = 8) -> None:
        self._readers = ReaderCache(max_open)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the frames."""
        reader = self._readers.get(results["filename"])
        results["imgs"] = reader.read(results["frame_inds"])
        results["original_shape"] = results["imgs"][0].shape[:2]
        results["img_shape"] = results["original_shape"]
        results["clip_len"] = len(results["imgs"])
        results["num_clips"] = 1
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(max_open={self._readers.max_open})"
