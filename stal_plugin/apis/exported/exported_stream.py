"""An exported time step on a stream."""

from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.engine import Engine
from stal_plugin.apis.exported.step_memory import StepMemory


class ExportedStream(Engine):
    """Run an exported time step of a causal network on every frame.

    As ``StreamedClip`` does: frames between those of a clip (``frame_interval`` n)
    belong to n streams that take turns, each with a memory of its own. Memory does not
    grow.

    Args:
        model: An ``OnnxModel`` whose file holds a time step.
        ring: Says the interval.
        stride: No part: nothing is cheaper if it is left out.
    """

    def reset(self) -> None:
        """Forget what was seen."""
        super().reset()
        interval = self.ring.sampling.interval
        self._memories: list[StepMemory | None] = [None] * max(1, round(interval))
        self._output: Any = None

    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame and look at it."""
        super().push(number, frame)
        turn = number % len(self._memories)
        memory = self._memories[turn]
        if memory is None:
            memory = self._memories[turn] = self.model.new_memory(1)
        self._output = self.model.step(frame[None], memory)

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Return the detections on the newest frame."""
        found = self.model.predict_by_feat(self._output, [sample.metainfo])
        return found[0], 0
