"""3D convolution that leaves out what only ever meets padding."""

import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.compat.safe_conv3d import SafeConv3d


class ShortClipConv3d(SafeConv3d):
    """``nn.Conv3d`` that skips temporal taps which see nothing but padding.

    The last layers of a 3D network work on one or two frames. Of three temporal taps
    around a single frame, two multiply zeros: two thirds of the work. Here they are
    cut off. Arguments, parameters, outputs and gradients are those of ``nn.Conv3d``.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Convolve ``(B, C, T, H, W)``."""
        # the exporter folds batch norm into whole kernels only
        if torch.onnx.is_in_onnx_export():
            return super().forward(input)
        first, last = self._taps(input.shape[2])
        if last - first == self.kernel_size[0]:
            return super().forward(input)
        _, rows, columns = (int(p) for p in self.padding)
        return F.conv3d(
            input,
            self.weight[:, :, first:last],
            self.bias,
            self.stride,
            (0, rows, columns),
            self.dilation,
            self.groups,
        )

    def _taps(self, frames: int) -> tuple[int, int]:
        """First tap and last, exclusive, that are needed for one output frame.

        All of them where there are several output frames.
        """
        size = self.kernel_size[0]
        plain = not isinstance(self.padding, str) and self.dilation[0] == 1
        if not plain or self.padding_mode != "zeros":
            return 0, size
        pad, stride = int(self.padding[0]), self.stride[0]
        spare = frames + 2 * pad - size
        no_tap_meets_a_frame = pad >= size
        if spare < 0 or spare // stride > 0 or no_tap_meets_a_frame:
            return 0, size
        return pad, min(pad + frames, size)
