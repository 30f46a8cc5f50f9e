"""HeatmapRecorder: heatmaps of a model's last prediction, for pictures."""

from typing import Any

import numpy as np
import torch
from torch import nn

from stal_plugin.models.dense_heads.center3d_head import Center3DHead
from stal_plugin.models.task_modules.center_maps import CenterMaps, change_maps


class HeatmapRecorder:
    """Keeps what the ``Center3DHead`` of a model put out last.

    Nothing is computed or copied until a heatmap is asked for. Use it in a ``with``
    statement, or call :meth:`close`: until then the last output stays in memory.

    Args:
        model: Any model. Without such a head there are no heatmaps.
    """

    def __init__(self, model: nn.Module) -> None:
        self._maps: CenterMaps | None = None
        heads = [m for m in model.modules() if isinstance(m, Center3DHead)]
        self._head = heads[0] if heads else None
        self._handles = [head.register_forward_hook(self._keep) for head in heads[:1]]

    @property
    def has_head(self) -> bool:
        """Whether the model has heatmaps at all."""
        return self._head is not None

    def key_frame_heatmaps(self, num_clips: int) -> np.ndarray | None:
        """Return the heatmaps of the key frames of the last batch.

        Args:
            num_clips: B, the size of that batch.

        Returns:
            ``(B, K + J, H, W)`` float32 in [0, 1]: centres of each class (0
            for classes that the test leaves out), then keypoints if the head has any.
            None without a head or a prediction.
        """
        if self._head is None or self._maps is None:
            return None
        # Center3D looks at all frames of a clip, the key frame is the last
        maps = self._maps
        length = len(maps.heatmap) // num_clips
        keys = change_maps(maps, lambda m: m[length - 1 :: length].detach())
        probs = self._head.probabilities(keys)
        parts = [m for m in (probs.heatmap, probs.keypoint_heatmap) if m is not None]
        return torch.cat(parts, dim=1).cpu().numpy()

    def close(self) -> None:
        """Let go of the model and of its output."""
        self._maps = None
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> "HeatmapRecorder":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _keep(self, module: nn.Module, inputs: Any, output: tuple) -> None:
        (self._maps,) = output
