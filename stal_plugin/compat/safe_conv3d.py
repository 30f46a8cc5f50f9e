"""torch on CPU: bfloat16 Conv3d gives garbage weight gradients on two frames.

Upstream fault (torch 2.13.0+cpu, oneDNN 3.12.0): with an input of D = 2 frames, a
temporal kernel of 3, stride 1 and temporal padding 1, two of the three temporal taps
of ``weight.grad`` are uninitialised memory: huge, NaN, or merely plausible. The
outputs and the input gradients are right. A 3D ResNet-18 has D = 2 in its third stage
on a 16-frame clip. Can go: when ``tests/compat/test_safe_conv3d.py`` finds the plain
layer correct in the oldest supported torch.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SafeConv3d(nn.Conv3d):
    """``nn.Conv3d`` that pads time itself where oneDNN's own padding is faulty.

    Arguments, parameters and results are those of ``nn.Conv3d``. Only bfloat16 on
    the CPU (the tensor's type, or autocast's) takes the other path, so nothing
    changes elsewhere.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Convolve ``(B, C, T, H, W)``."""
        if _is_cpu_bfloat16(input) and self._pads_time():
            return self._forward_time_padded(input)
        return super().forward(input)

    def _pads_time(self) -> bool:
        if self.padding_mode != "zeros" or self.padding == "valid":
            return False
        return isinstance(self.padding, str) or self.padding[0] > 0

    def _forward_time_padded(self, input: Tensor) -> Tensor:
        if isinstance(self.padding, str):
            pads, rest = self._pads_of_same(), (0, 0, 0)
        else:
            time, rows, columns = (int(p) for p in self.padding)
            pads, rest = [0, 0, 0, 0, time, time], (0, rows, columns)
        return F.conv3d(
            F.pad(input, pads),
            self.weight,
            self.bias,
            self.stride,
            rest,
            self.dilation,
            self.groups,
        )

    def _pads_of_same(self) -> list[int]:
        """Zeros before and after, last dimension first, that keep the size."""
        pads = []
        for kernel, step in zip(
            self.kernel_size[::-1], self.dilation[::-1], strict=True
        ):
            total = step * (kernel - 1)
            pads += [total // 2, total - total // 2]
        return pads


def _is_cpu_bfloat16(tensor: Tensor) -> bool:
    if tensor.device.type != "cpu":
        return False
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu") == torch.bfloat16
    return tensor.dtype == torch.bfloat16
