"""Engines: how a network runs on a stream, sharing work between frames where it can.

``choose_engine`` takes the best one for a model.
"""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.actor_engine import ActorEngine
from stal_plugin.apis.clip_sampling import ClipRing
from stal_plugin.apis.engine import Engine
from stal_plugin.apis.engine_batches import stacked
from stal_plugin.apis.exported.exported_stream import ExportedStream
from stal_plugin.apis.exported.onnx_model import OnnxModel
from stal_plugin.apis.shared_branches import SharedBranches, StreamedClip
from stal_plugin.models.backbones import LinkNet
from stal_plugin.models.detectors import ActorDetector, Center3D
from stal_plugin.models.detectors.clip_detector import is_single_stage
from stal_plugin.models.task_modules.center_maps import CenterMaps, change_maps


class WholeModel(Engine):
    """Run the whole network on every n-th frame; in between its detections are kept.

    For any model with the modes of mmengine, whose input is ``(B, C, T, H, W)``.

    Args:
        model: The network.
        ring: Holds the frames.
        stride: n.
    """

    def reset(self) -> None:
        """Forget frames and detections."""
        super().reset()
        self._detections: InstanceData | None = None
        self._age = 0

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Detect on the newest frame, or give the detections of an earlier one."""
        return self.predict_batch([self], [sample])[0]

    @classmethod
    def predict_batch(
        cls, engines: Sequence[Any], samples: Sequence[Any]
    ) -> list[tuple[InstanceData, int]]:
        """Run the network on the clips of those streams that are due."""
        due = [row for row, engine in enumerate(engines) if engine._is_due()]
        if due:
            clips = stacked([engines[row].ring.clip() for row in due])
            chosen = [samples[row] for row in due]
            found = engines[0].model(clips, chosen, mode="predict")
            for row, sample in zip(due, found, strict=True):
                engines[row]._detections, engines[row]._age = sample.pred_instances, 0
        return [(engine._detections, engine._age) for engine in engines]

    def _is_due(self) -> bool:
        self._age += 1
        return self._detections is None or self._age >= self.stride


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
        for index, number in enumerate(new):
            self._maps[number] = _row(maps, index)
            self._slices[number] = volume[:, :, index]
        for number in [n for n in self._maps if n < self.ring.oldest_number]:
            del self._maps[number], self._slices[number]


def _row(maps: CenterMaps, index: int) -> CenterMaps:
    return change_maps(maps, lambda m: m[index : index + 1])


def choose_engine(model: Any, ring: ClipRing, stride: int) -> Engine:
    """Share work between frames where the model allows it, else run it as a whole.

    Links from the 3D to the 2D branch do not allow it: the 2D branch then needs the
    clip of its own frame.

    Args:
        model: The network.
        ring: Holds the frames.
        stride: The 3D branch, or the whole network, runs on every n-th frame.
    """
    kind: type[Engine] = WholeModel
    if _has_free_2d_branch(model):
        backbone = model.backbone
        kind = StreamedClip if backbone.streams else SharedBranches
    elif isinstance(model, OnnxModel) and model.is_step:
        kind = ExportedStream
    elif isinstance(model, ActorDetector):
        kind = ActorEngine
    elif isinstance(model, Center3D) and type(model).forward is Center3D.forward:
        kind = SharedHeatmaps
    return kind(model, ring, stride)


def _has_free_2d_branch(model: Any) -> bool:
    """Tell whether the 2D branch of a model can run without the 3D branch."""
    if not is_single_stage(model):
        return False
    backbone = model.backbone
    return isinstance(backbone, LinkNet) and not backbone.is_linked_to_2d
