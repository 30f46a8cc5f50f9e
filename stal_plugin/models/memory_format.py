"""Channels-last layout."""

import torch
from torch import Tensor


def to_channels_last(x: Tensor) -> Tensor:
    """Lay out pictures ``(B, C, H, W)`` or clips ``(B, C, T, H, W)`` channels last.

    The values stay; convolutions of thin networks on CPUs, and of half precision on
    GPUs, are faster. While a graph is exported to ONNX, which has one layout, nothing
    is done.
    """
    if torch.onnx.is_in_onnx_export():
        return x
    if x.ndim == 4:
        return x.contiguous(memory_format=torch.channels_last)
    return x.contiguous(memory_format=torch.channels_last_3d)
