"""Run a network of two branches so that frames share their work."""

from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.engines.engine import Engine


class SharedBranches(Engine):
    """Run the 2D branch on every frame and the 3D branch on every n-th.

    The map of the 3D branch is used again in between. With n = 1 the detections are
    those of the whole network on each clip.

    Args:
        model: ``mmdet.SingleStageDetector`` with the backbone ``stal_plugin.LinkNet``
            whose 2D branch takes nothing from the 3D branch, and any neck and head.
        ring: Holds the frames.
        stride: n.
    """

    def reset(self) -> None:
        """Forget frames and maps."""
        super().reset()
        self._clip_map: Tensor | None = None
        self._size: tuple[int, ...] = ()
        self._age = 0

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Detect on the newest frame."""
        features = self._maps()
        if self.model.with_neck:
            features = self.model.neck(features)
        found = self.model.bbox_head.predict(features, [sample], rescale=True)[0]
        return found, self._age

    def _maps(self) -> tuple[Tensor, ...]:
        """Maps of the branches, 2D first."""
        backbone, newest = self.model.backbone, self.ring.newest
        if backbone.backbone_3d is None:
            return (backbone.key_frame_map(newest),)
        self._age += 1
        # a camera that changes its size gives maps of another size
        changed = newest.shape != self._size
        if self._clip_map is None or changed or self._age >= self.stride:
            maps: tuple[Tensor, ...] = backbone(self.ring.clip())
            self._clip_map, self._size, self._age = maps[-1], newest.shape, 0
            return maps
        if backbone.backbone_2d is None:
            return (self._clip_map,)
        return backbone.key_frame_map(newest), self._clip_map
