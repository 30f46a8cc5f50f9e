"""Run Center3D so that frames share their work."""

from typing import Any

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.engines.engine import Engine
from stal_plugin.models.task_modules.center_maps import CenterMaps, change_maps


class SharedHeatmaps(Engine):
    """Run the localizer of Center3D once per frame, its 3D network on every n-th.

    The features of the 3D network are used again in between, for the boxes of the
    newest frame. With n = 1 the detections are those of the whole network on each
    clip. Memory: the maps of as many frames as the ring holds.

    Args:
        model: ``stal_plugin.Center3D``.
        ring: Holds the frames.
        stride: n.
    """

    def reset(self) -> None:
        """Forget frames, maps and features."""
        super().reset()
        self._maps: dict[int, CenterMaps] = {}
        self._slices: dict[int, Tensor] = {}  # of the volume, (1, C, h, w)
        self._features: Tensor | None = None
        self._size: tuple[int, ...] = ()
        self._age = 0

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Detect on the newest frame."""
        self._age += 1
        changed = self.ring.newest.shape != self._size
        due = self._features is None or changed or self._age >= self.stride
        clip = self.ring.clip_frames() if due else self.ring.clip_frames()[-1:]
        self._look_at(clip)
        if due:
            volume = torch.stack([self._slices[n] for n, _ in clip], dim=2)
            self._features = self.model.classifier.features(volume)
            self._size, self._age = self.ring.newest.shape, 0
        maps, size = self._maps[clip[-1][0]], self.ring.newest.shape[-2:]
        (sample,) = self.model.detect(maps, self._features, [sample], tuple(size))
        return sample.pred_instances, self._age

    def _look_at(self, clip: list[tuple[int, Tensor]]) -> None:
        """Run the localizer on the frames it has not seen, all at once."""
        new = {n: frame for n, frame in clip if n not in self._maps}
        if not new:
            return
        frames = torch.stack(list(new.values()), dim=1)[None]
        features = self.model.frame_features(frames)
        maps = self.model.key_maps(features, 1)
        heatmaps = self.model.frame_heatmaps(features, maps)
        volume = self.model.classifier_volume(frames, heatmaps)
        for place, number in enumerate(new):
            self._maps[number] = _row(maps, place)
            self._slices[number] = volume[:, :, place]
        for number in [n for n in self._maps if n < self.ring.oldest_number]:
            del self._maps[number], self._slices[number]


def _row(maps: CenterMaps, place: int) -> CenterMaps:
    return change_maps(maps, lambda m: m[place : place + 1])
