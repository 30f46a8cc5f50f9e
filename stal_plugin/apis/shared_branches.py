"""Engines of two branches: each does only what a new frame changes."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.engine import Engine
from stal_plugin.apis.engine_batches import joined, rows, stacked
from stal_plugin.models.backbones.causal_time import StreamState
from stal_plugin.models.detectors import ClipDetector


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
        return self.predict_batch([self], [sample])[0]

    @classmethod
    def predict_batch(
        cls, engines: Sequence[Any], samples: Sequence[Any]
    ) -> list[tuple[InstanceData, int]]:
        """Run the 2D branch, neck and head on all streams at once."""
        model, maps = engines[0].model, cls._maps(engines)
        if isinstance(model, ClipDetector):
            found = model.detect(maps, list(samples))
        else:
            features = model.neck(maps) if model.with_neck else maps
            found = model.bbox_head.predict(features, list(samples), rescale=True)
        ages = [engine._age for engine in engines]
        return list(zip(found, ages, strict=True))

    @classmethod
    def _maps(cls, engines: Sequence[Any]) -> tuple[Tensor, ...]:
        """Maps of the branches ``(B, C, h, w)``, 2D first."""
        backbone = engines[0].model.backbone
        if backbone.backbone_3d is None:
            newest = stacked([engine.ring.newest for engine in engines])
            return tuple(backbone.key_frame_maps(newest))
        due = [engine for engine in engines if engine._is_due()]
        rest = [engine for engine in engines if engine not in due]
        found: dict[Any, tuple[Tensor, ...]] = {}
        if due:
            maps = backbone(stacked([engine.ring.clip() for engine in due]))
            found.update(zip(due, rows(maps), strict=True))
            for engine in due:
                engine._keep(found[engine][-1])
        if rest:
            found.update(zip(rest, rows(cls._with_kept_map(rest)), strict=True))
        return joined([found[engine] for engine in engines])

    def _is_due(self) -> bool:
        self._age += 1
        # a camera that changes its size gives maps of another size
        changed = self.ring.newest.shape != self._size
        return self._clip_map is None or changed or self._age >= self.stride

    def _keep(self, clip_map: Tensor) -> None:
        self._clip_map, self._size, self._age = clip_map, self.ring.newest.shape, 0

    @classmethod
    def _with_kept_map(cls, engines: Sequence[Any]) -> tuple[Tensor, ...]:
        """Maps of the 2D branch now, and the 3D branch's last ones."""
        backbone = engines[0].model.backbone
        kept = stacked([engine._clip_map for engine in engines])
        if backbone.backbone_2d is None:
            return (kept,)
        newest = stacked([engine.ring.newest for engine in engines])
        return *backbone.key_frame_maps(newest), kept


class StreamedClip(SharedBranches):
    """Run the 2D branch and one time step of a causal 3D branch on every frame.

    The 3D branch keeps what its layers saw of earlier frames, so that it looks at every
    frame once, and back to the beginning of the stream. Frames between those of a clip
    (``frame_interval`` n) belong to n streams of their own that take turns, each with
    the distance between frames that the network was trained on. A frame that was lost
    is left out; a new size begins anew. Memory does not grow.

    Links bring the newest frame's 2D features to the newest step of the 3D branch, and
    no later one: such a network takes the step twice, without them for what it keeps.

    Args:
        model: As of :class:`SharedBranches`; its backbone ``streams``.
        ring: Says the interval; its last frame is the key frame.
        stride: No part: nothing is cheaper if it is left out.
    """

    def reset(self) -> None:
        """Forget frames and what the layers saw."""
        super().reset()
        interval = self.ring.sampling.interval
        self._states: list[StreamState | None] = [None] * max(1, round(interval))
        self._before: StreamState = ()

    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame and look at it."""
        self.push_batch([self], [number], [frame])

    @classmethod
    @torch.no_grad()
    def push_batch(
        cls, engines: Sequence[Any], numbers: Sequence[int], frames: Sequence[Tensor]
    ) -> None:
        """Take a step with each stream's own state, all at once."""
        backbone = engines[0].model.backbone
        for engine, number, frame in zip(engines, numbers, frames, strict=True):
            if frame.shape != engine._size:
                engine.reset()
                engine._size = frame.shape
            engine.ring.push(number, frame)
        states = [e._state(n) for e, n in zip(engines, numbers, strict=True)]
        if backbone.is_linked:
            for engine, state in zip(engines, states, strict=True):
                engine._before = state
        before = joined(states)
        newest = stacked([engine.ring.newest for engine in engines])
        maps, after = backbone.step(newest, before)
        parts = zip(engines, numbers, rows((maps,)), rows(after), strict=True)
        for engine, number, (clip_map,), state in parts:
            engine._clip_map = clip_map
            engine._states[number % len(engine._states)] = state

    def _state(self, number: int) -> StreamState:
        """State for the step of this frame."""
        state = self._states[number % len(self._states)]
        if state is not None:
            return state
        size = (int(self._size[-2]), int(self._size[-1]))
        begun: StreamState = self.model.backbone.stream_state(1, size)
        return begun

    @classmethod
    @torch.no_grad()
    def _maps(cls, engines: Sequence[Any]) -> tuple[Tensor, ...]:
        backbone = engines[0].model.backbone
        if not backbone.is_linked:
            return cls._with_kept_map(engines)
        newest = stacked([engine.ring.newest for engine in engines])
        before = joined([engine._before for engine in engines])
        maps: tuple[Tensor, ...] = backbone.newest_maps(newest, before)
        return maps
