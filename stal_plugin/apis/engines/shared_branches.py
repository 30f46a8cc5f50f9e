"""Run a network of two branches so that frames share their work."""

from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.clip_ring import ClipRing


class SharedBranches:
    """Run the 2D branch on every frame and the 3D branch on every n-th.

    The map of the 3D branch is used again in between. With n = 1 the detections are
    those of the whole network on each clip.

    Args:
        model: ``mmdet.SingleStageDetector`` with the backbone ``stal_plugin.LinkNet``
            without links, and any neck and head.
        ring: Holds the frames.
        stride: n.
    """

    def __init__(self, model: Any, ring: ClipRing, stride: int = 1) -> None:
        self.model = model
        self.ring = ring
        self.stride = stride
        self.reset()

    def reset(self) -> None:
        """Forget frames and maps."""
        self.ring.reset()
        self._clip_map: Tensor | None = None
        self._age = 0

    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame ``(C, H, W)``."""
        self.ring.push(number, frame)

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Detect on the newest frame."""
        backbone = self.model.backbone
        maps = []
        if backbone.backbone_2d is not None:
            maps.append(backbone.key_frame_map(self.ring.newest))
        if backbone.backbone_3d is not None:
            maps.append(self._map_of_clip(maps))
        features = self.model.neck(tuple(maps)) if self.model.with_neck else tuple(maps)
        found = self.model.bbox_head.predict(features, [sample], rescale=True)[0]
        return found, self._age

    def _map_of_clip(self, maps: list[Tensor]) -> Tensor:
        old, self._age = self._clip_map, self._age + 1
        # a camera that changes its size gives maps of another size
        fits = old is not None and all(m.shape[-2:] == old.shape[-2:] for m in maps)
        if old is None or not fits or self._age >= self.stride:
            self._clip_map = self.model.backbone.clip_map(self.ring.clip())
            self._age = 0
        assert self._clip_map is not None
        return self._clip_map
