"""Engines: how a network runs on a stream, sharing work between frames where it can.

``choose_engine`` takes the best one for a model.
"""

from typing import Any

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.actor_engine import ActorEngine
from stal_plugin.apis.clip_sampling import ClipRing
from stal_plugin.apis.engine import Engine
from stal_plugin.models.backbones import LinkNet
from stal_plugin.models.backbones.causal_time import StreamState
from stal_plugin.models.detectors import ActorDetector, Center3D, ClipDetector
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
        self._age += 1
        if self._detections is None or self._age >= self.stride:
            (sample,) = self.model(self.ring.clip(), [sample], mode="predict")
            self._detections, self._age = sample.pred_instances, 0
        return self._detections, self._age


class SharedBranches(Engine):
    """Run the 2D branch on every frame and the 3D branch on every n-th.

    The map of the 3D branch is used again in between. With n = 1 the detections are
    those of the whole network on each clip.

    Args:
        model: ``stal_plugin.ClipDetector`` or ``mmdet.SingleStageDetector`` with the
            backbone ``stal_plugin.LinkNet`` whose 2D branch takes nothing from the 3D
            branch, and any neck and head.
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
        maps = self._maps()
        if isinstance(self.model, ClipDetector):
            return self.model.detect(maps, [sample])[0], self._age
        features = self.model.neck(maps) if self.model.with_neck else maps
        detections = self.model.bbox_head.predict(features, [sample], rescale=True)
        return detections[0], self._age

    def _maps(self) -> tuple[Tensor, ...]:
        """Maps of the branches, 2D first."""
        backbone, newest = self.model.backbone, self.ring.newest
        if backbone.backbone_3d is None:
            return tuple(backbone.key_frame_maps(newest))
        self._age += 1
        # a camera that changes its size gives maps of another size
        changed = newest.shape != self._size
        if self._clip_map is None or changed or self._age >= self.stride:
            maps: tuple[Tensor, ...] = backbone(self.ring.clip())
            self._clip_map, self._size, self._age = maps[-1], newest.shape, 0
            return maps
        if backbone.backbone_2d is None:
            return (self._clip_map,)
        return *backbone.key_frame_maps(newest), self._clip_map


class StreamedClip(SharedBranches):
    """Run the 2D branch and one time step of a causal 3D branch on every frame.

    The 3D branch keeps what its layers saw of earlier frames, so that it looks at every
    frame once, and back to the beginning of the stream. Frames between those of a clip
    (``frame_interval`` n) belong to n streams of their own that take turns, each with
    the distance between frames that the network was trained on. A frame that was lost
    is left out; a new size begins anew. Memory does not grow.

    Args:
        model: As of :class:`SharedBranches`, its 3D branch causal and without links.
        ring: Says the interval; its last frame is the key frame.
        stride: No part: nothing is cheaper if it is left out.
    """

    def reset(self) -> None:
        """Forget frames and what the layers saw."""
        super().reset()
        interval = self.ring.sampling.interval
        self._states: list[StreamState | None] = [None] * max(1, round(interval))

    @torch.no_grad()
    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame and look at it."""
        if frame.shape != self._size:
            self.reset()
            self._size = frame.shape
        super().push(number, frame)
        backbone, turn = self.model.backbone, number % len(self._states)
        state = self._states[turn]
        if state is None:
            state = backbone.stream_state(1, (frame.shape[-2], frame.shape[-1]))
        self._clip_map, self._states[turn] = backbone.step(self.ring.newest, state)

    def _maps(self) -> tuple[Tensor, ...]:
        backbone, newest = self.model.backbone, self.ring.newest
        assert self._clip_map is not None  # a frame was pushed
        if backbone.backbone_2d is None:
            return (self._clip_map,)
        return *backbone.key_frame_maps(newest), self._clip_map


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
        streams = backbone.is_causal and not backbone.is_linked
        kind = StreamedClip if streams else SharedBranches
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
