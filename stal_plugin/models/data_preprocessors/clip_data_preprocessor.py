"""Stack clips of one size and normalise them."""

from collections.abc import Sequence
from typing import Any

import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor
from torch import Tensor

from stal_plugin.registry import MODELS


@MODELS.register_module()
class ClipDataPreprocessor(ActionDataPreprocessor):
    """Stack clips of one size and normalise them on the device.

    The host pads clips of different sizes with zeros at the end of every dimension,
    time included: the key frame of a shorter clip would be black. This class refuses
    them. Clips travel to the device as uint8.

    Args:
        mean: Of each channel, RGB, on the scale of 0 to 255.
        std: Of each channel. The defaults bring pixels to [0, 1], as YOWO has it.
        to_rgb: Whether the clips are BGR and the model takes RGB.

    Shape:
        inputs: B tensors ``(C, T, H, W)``; output: ``(B, C, T, H, W)`` float32.

    Raises:
        ValueError: Clips of a batch differ in size.
    """

    def __init__(
        self,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (255.0, 255.0, 255.0),
        to_rgb: bool = False,
    ) -> None:
        super().__init__(mean=mean, std=std, to_rgb=to_rgb, format_shape="NCTHW")

    def preprocess(
        self, inputs: list[Tensor], data_samples: Any, training: bool = False
    ) -> tuple[Tensor, Any]:
        """Stack and normalise a batch.

        Args:
            inputs: B tensors ``(C, T, H, W)``.
            data_samples: B samples.
            training: Not used: blending is for whole-clip labels, not for boxes.

        Returns:
            ``(B, C, T, H, W)`` float32, and the samples.
        """
        if len({tuple(clip.shape) for clip in inputs}) > 1 or inputs[0].ndim != 4:
            raise ValueError(_differing_shapes(inputs, data_samples))
        # The host's uint8 - float costs 7 times as much as this, and two more copies.
        return self.normalize(torch.stack(list(inputs)).float()), data_samples

    def normalize(self, batch: Tensor) -> Tensor:
        """Normalise clips ``(B, C, T, H, W)``, float32, 0 to 255, in place."""
        if self.to_rgb:
            batch = batch.flip(1)
        normal: Tensor = batch.sub_(self.mean).div_(self.std)
        return normal


def _differing_shapes(inputs: list[Tensor], data_samples: list[Any] | None) -> str:
    metas = [s.metainfo for s in data_samples or ()] or [{}] * len(inputs)
    listed = "".join(
        f"\n  video {meta.get('video_id')!r}, frame {meta.get('frame')}: "
        f"{tuple(clip.shape)}"
        for clip, meta in zip(inputs, metas, strict=True)
    )
    return (
        f"the clips of a batch must have one shape (C, T, H, W), but are:{listed}\n"
        "Give all of them one size (stal_plugin.JitterResize, or mmaction.Resize with "
        "keep_ratio=False) and one clip_len, and end the pipeline with "
        "mmaction.FormatShape(input_format='NCTHW', collapse=True)"
    )
