"""Run the whole network on every n-th frame."""

from typing import Any

from mmengine.structures import InstanceData

from stal_plugin.apis.engines.engine import Engine


class WholeModel(Engine):
    """Run the whole network on every n-th frame; in between its detections stand.

    For any model with the modes of mmengine, whose input is ``(B, C, T, H, W)``.

    Args:
        model: The network.
        ring: Holds the frames.
        stride: n.
    """

    def reset(self) -> None:
        """Forget frames and detections."""
        super().reset()
        self._found: InstanceData | None = None
        self._age = 0

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Detect on the newest frame, or give the detections of an earlier one."""
        self._age += 1
        if self._found is None or self._age >= self.stride:
            (sample,) = self.model(self.ring.clip(), [sample], mode="predict")
            self._found, self._age = sample.pred_instances, 0
        return self._found, self._age
