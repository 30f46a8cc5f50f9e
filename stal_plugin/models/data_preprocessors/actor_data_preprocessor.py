"""Hand raw clips or kept features to an actor detector, of any size."""

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor

from stal_plugin.registry import MODELS


@MODELS.register_module()
class ActorDataPreprocessor(BaseDataPreprocessor):
    """Hand raw clips or kept features to an actor detector, of any size.

    Each of the detector's networks prepares the frames for itself, so that nothing is
    resized or normalised here; frames travel as uint8.

    Shape:
        inputs: B tensors; output: one tensor with B first where all are of one shape,
        else the list.
    """

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Bring a batch to the device.

        Args:
            data: ``inputs``, B tensors, and ``data_samples``.
            training: Not used.
        """
        data = self.cast_data(data)
        inputs = data["inputs"]
        if not isinstance(inputs, torch.Tensor):
            one_shape = len({tuple(own.shape) for own in inputs}) == 1
            inputs = torch.stack(list(inputs)) if one_shape else list(inputs)
        return {**data, "inputs": inputs}
