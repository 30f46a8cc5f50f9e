"""Causal time: convolutions that see the past only, on clips and frame by frame.

A causal layer pads with zeros before the first frame, and its strides end at the newest
one. So the output for a frame does not depend on how long the clip is that ends there,
and can be computed for one new frame from a few kept inputs: a layer whose inputs are
``dilation`` frames apart (the product of the temporal strides before it) needs those of
0, 1, 2, ... times ``dilation`` frames ago.
"""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stal_plugin.compat.safe_conv3d import SafeConv3d

#: Kept inputs of the layers, in the order in which they run; the batch comes first.
StreamState = tuple[Tensor, ...]


def ending_at_newest(x: Tensor, stride: int) -> Tensor:
    """Take every ``stride``-th frame of ``(B, C, T, H, W)``, the last one included."""
    return x[:, :, (int(x.shape[2]) - 1) % stride :: stride]


def causal_window(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Put zeros before a clip so that a window without padding is causal.

    Args:
        x: ``(B, C, T, H, W)``.
        kernel: Frames that the window sees.
        stride: Its step; it ends at the newest frame.

    Returns:
        What a convolution or pool with temporal padding 0 is to run on.
    """
    padded = F.pad(x, (0, 0, 0, 0, kernel - 1, 0))
    return padded[:, :, (int(x.shape[2]) - 1) % stride :]


class StreamBuffers:
    """The kept inputs of a network, while it takes one step.

    Args:
        state: Those after the step before; None: nothing was seen, all are zero.
    """

    def __init__(self, state: StreamState | None) -> None:
        self._old: Iterator[Tensor] | None = None if state is None else iter(state)
        self._new: list[Tensor] = []

    def taps(self, x: Tensor, kernel: int, dilation: int) -> Tensor:
        """Return what a causal layer sees of its newest input; keep that input.

        Args:
            x: ``(B, C, H, W)``.
            kernel: Frames that the layer sees.
            dilation: How many frames apart they are.

        Returns:
            ``(B, C, kernel, H, W)``, the newest last.
        """
        x = x[:, :, None]
        if kernel == 1:
            return x
        shape = (*x.shape[:2], (kernel - 1) * dilation, *x.shape[3:])
        old = x.new_zeros(shape) if self._old is None else next(self._old)
        seen = torch.cat([old, x], dim=2)
        self._new.append(seen[:, :, 1:])
        return seen[:, :, ::dilation]

    @property
    def state(self) -> StreamState:
        """What to keep for the next step."""
        return tuple(self._new)


class CausalConv3d(SafeConv3d):
    """``nn.Conv3d`` whose output for a frame depends on that frame and earlier ones.

    Arguments and parameters are those of ``nn.Conv3d``; the temporal padding of
    ``padding`` is replaced by zeros before the first frame. Weights of the ordinary
    layer load: the kernels are shifted in time.

    Args:
        *args: Of ``nn.Conv3d``.
        frame_step: How many frames of the video apart two inputs of the layer are: the
            product of the temporal strides before it.
        **kwargs: Of ``nn.Conv3d``.
    """

    def __init__(self, *args: Any, frame_step: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frame_step = frame_step
        self.padding = (0, *(int(p) for p in self.padding[1:]))

    def forward(self, input: Tensor) -> Tensor:
        """Convolve ``(B, C, T, H, W)``."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        frames = int(input.shape[2])  # while a graph is traced, sizes are tensors
        if frames <= min(stride, kernel - 1):  # one output: leave the zeros out
            return self._convolve(input, self.weight[:, :, kernel - frames :])
        return self._convolve(causal_window(input, kernel, stride), self.weight)

    def step(self, x: Tensor, buffers: StreamBuffers) -> Tensor:
        """Convolve the newest input ``(B, C, H, W)``.

        Of one time step a 3D convolution is a 2D one whose channels are those of all
        its frames: the same sums, in layers that every runtime has a fast form of.
        """
        taps = buffers.taps(x, self.kernel_size[0], self.frame_step)
        return F.conv2d(
            taps.flatten(1, 2),
            self.weight.flatten(1, 2),
            self.bias,
            self.stride[1:],
            self.padding[1:],
            self.dilation[1:],
            self.groups,
        )

    def _convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.conv3d(
            x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class CausalMaxPool3d(nn.Module):
    """Max-pool over frames up to the newest; inputs are not negative.

    Args:
        kernel_size: Kernel (T, H, W).
        stride: Its stride.
        padding: Padding (T, H, W); that of time is replaced by zeros before the first
            frame.
        frame_step: As of :class:`CausalConv3d`.
    """

    def __init__(
        self,
        kernel_size: tuple[int, int, int],
        stride: tuple[int, int, int],
        padding: tuple[int, int, int],
        frame_step: int = 1,
    ) -> None:
        super().__init__()
        self.kernel, self.stride = kernel_size[0], stride[0]
        self.frame_step = frame_step
        self.pool = nn.MaxPool3d(kernel_size, stride, (0, *padding[1:]))
        self.plane = nn.MaxPool2d(kernel_size[1:], stride[1:], padding[1:])

    def forward(self, input: Tensor) -> Tensor:
        """Pool ``(B, C, T, H, W)``, not negative: zeros before it change nothing."""
        pooled: Tensor = self.pool(causal_window(input, self.kernel, self.stride))
        return pooled

    def step(self, x: Tensor, buffers: StreamBuffers) -> Tensor:
        """Pool the newest input ``(B, C, H, W)``; what is kept is pooled already."""
        return buffers.taps(self.plane(x), self.kernel, self.frame_step).amax(dim=2)


def on_newest(norm: nn.Module, x: Tensor) -> Tensor:
    """Apply batch norm of clips to pictures ``(B, C, H, W)``, unless it was folded."""
    if isinstance(norm, nn.Identity):
        return x
    normal: Tensor = norm(x[:, :, None])
    return normal[:, :, 0]
