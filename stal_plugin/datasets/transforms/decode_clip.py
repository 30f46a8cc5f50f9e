"""Read the frames of a clip."""

import os
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log

from stal_plugin.datasets.transforms.reader_cache import ReaderCache
from stal_plugin.files.user_cache import cache_folder
from stal_plugin.registry import TRANSFORMS
from stal_plugin.video.frame_store import FrameStore
from stal_plugin.video.stored_reader import StoredReader

#: Names the folder of decoded frames; default: ``frames`` in the user's cache.
ENVIRONMENT = "STAL_FRAMES"
_GIB = 1 << 30
_told: set[str] = set()


@TRANSFORMS.register_module()
class DecodeClip(BaseTransform):
    """Read the frames of a clip from a video file or a folder of frames.

    The host's pairs ``mmaction.DecordInit`` + ``DecordDecode`` and so on can stand in
    its place. This one keeps readers open between samples, decodes a repeated frame
    once and is frame-exact where a container has no usable frame count.

    With ``cache_gib`` decoded frames are kept on disk and read from there the next
    time, also by other processes and later runs, pixel by pixel the same. Frames
    larger than 640 x 480 are not kept unless ``cache_side`` shrinks them.

    Required keys: ``filename``, ``frame_inds``. Added keys: ``imgs`` (list of RGB
    uint8 ``(H, W, 3)``; repeated frames share one array), ``original_shape`` and
    ``img_shape`` ``(h, w)``, ``clip_len``, ``num_clips``; with ``cache_side``
    ``scale_factor``, by which frames were shrunk.

    Args:
        max_open: Number of video files that each process keeps open.
        cache_gib: Largest size in GiB of the folder of decoded frames, which is
            ``$STAL_FRAMES`` or ``~/.cache/stal_plugin/frames``; 0: none are kept.
        cache_side: Shrink frames whose shorter side is longer than this many pixels,
            before they are kept; augmentation then works on the smaller frames.

    Raises:
        ValueError: ``cache_side`` without ``cache_gib``, or one of them is negative.
    """

    def __init__(
        self, max_open: int = 8, cache_gib: float = 0.0, cache_side: int | None = None
    ) -> None:
        if cache_gib < 0 or (
            cache_side is not None and (cache_side < 1 or not cache_gib)
        ):
            raise ValueError(
                f"cache_gib={cache_gib} must not be negative, cache_side={cache_side} "
                "must be at least 1 and needs cache_gib"
            )
        self._readers = ReaderCache(max_open)
        self.cache_gib = cache_gib
        self.cache_side = cache_side
        self._stored: StoredReader | None = None
        if cache_gib:
            store = FrameStore(frames_folder(), round(cache_gib * _GIB))
            self._stored = StoredReader(store, cache_side)
            _tell(str(store.folder), cache_gib)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the frames."""
        path, numbers = results["filename"], results["frame_inds"]
        if self._stored is None:
            results["imgs"] = self._readers.get(path).read(numbers)
            results["original_shape"] = results["imgs"][0].shape[:2]
        else:
            frames = self._stored.read(path, numbers, self._readers.get)
            results["imgs"] = frames.images
            results["original_shape"] = frames.original_shape
        results["img_shape"] = results["imgs"][0].shape[:2]
        if self.cache_side is not None:
            (height, width), original = results["img_shape"], results["original_shape"]
            factor = (width / original[1], height / original[0])
            results["scale_factor"] = np.array(factor, np.float32)
        results["clip_len"] = len(results["imgs"])
        results["num_clips"] = 1
        return results

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(max_open={self._readers.max_open}, "
            f"cache_gib={self.cache_gib}, cache_side={self.cache_side})"
        )


def frames_folder() -> str:
    """Folder of decoded frames."""
    return os.environ.get(ENVIRONMENT) or str(cache_folder() / "frames")


def _tell(folder: str, gib: float) -> None:
    if folder not in _told:
        _told.add(folder)
        print_log(
            f"decoded frames are kept in '{folder}', at most {gib:g} GiB (cache_gib of "
            "DecodeClip; 0: none are kept)",
            logger="current",
        )
