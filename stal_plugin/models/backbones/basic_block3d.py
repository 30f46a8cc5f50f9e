"""Residual block of the 3D ResNet-18."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from stal_plugin.models.backbones.causal_time import (
    CausalConv3d,
    StreamBuffers,
    ending_at_newest,
    on_newest,
)
from stal_plugin.models.backbones.short_clip_conv3d import ShortClipConv3d

#: Allowed values of ``shortcut``.
SHORTCUTS = ("A", "A-detached", "B")


class BasicBlock3d(nn.Module):
    """Two 3x3x3 convolutions and a shortcut.

    Args:
        in_channels: Channels of the input.
        channels: Channels of the output.
        stride: Stride (T, H, W) of the first convolution and of the shortcut.
        shortcut: Where shapes differ, ``'A'`` subsamples and appends zero channels;
            ``'A-detached'`` does so without gradient, as YOWO's code does; ``'B'``
            is a strided 1x1x1 convolution with batch norm.
        frame_step: None: every frame sees both neighbours. A number: causal, see
            ``causal_time.py``; two inputs are so many frames of the video apart.

    Shape:
        ``(B, C_in, T, H, W)`` to ``(B, C, T / s, H / s, W / s)``.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: tuple[int, int, int],
        shortcut: str,
        frame_step: int | None = None,
    ) -> None:
        super().__init__()
        self.causal = frame_step is not None
        later = None if frame_step is None else frame_step * stride[0]
        self.conv1 = _conv(in_channels, channels, 3, stride, frame_step)
        self.bn1 = nn.BatchNorm3d(channels)
        self.conv2 = _conv(channels, channels, 3, (1, 1, 1), later)
        self.bn2 = nn.BatchNorm3d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.stride = stride
        self.shortcut = shortcut
        self.extra_channels = channels - in_channels
        changes_shape = self.extra_channels != 0 or stride != (1, 1, 1)
        self.downsample: nn.Module | None = None
        if changes_shape and shortcut == "B":
            self.downsample = nn.Sequential(
                _conv(in_channels, channels, 1, stride, frame_step),
                nn.BatchNorm3d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Add the shortcut to the residual."""
        residual = self.relu(self.bn1(self.conv1(x)))
        residual = self.bn2(self.conv2(residual))
        return self.relu(residual + self._skip(x))

    def step(self, x: Tensor, buffers: StreamBuffers) -> Tensor:
        """The same for the newest frame ``(B, C, H, W)`` of a causal network."""
        residual = on_newest(self.bn1, self.conv1.step(x, buffers))
        residual = self.conv2.step(self.relu(residual), buffers)
        skipped = self._skip_step(x, buffers)
        return self.relu(on_newest(self.bn2, residual) + skipped)

    def _skip_step(self, x: Tensor, buffers: StreamBuffers) -> Tensor:
        if isinstance(self.downsample, nn.Sequential):
            conv: Any = self.downsample[0]
            return on_newest(self.downsample[1], conv.step(x, buffers))
        if self.extra_channels == 0 and self.stride == (1, 1, 1):
            return x
        _, step_h, step_w = self.stride
        return F.pad(x[..., ::step_h, ::step_w], (0, 0, 0, 0, 0, self.extra_channels))

    def _skip(self, x: Tensor) -> Tensor:
        if self.downsample is not None:
            skipped: Tensor = self.downsample(x)
            return skipped
        if self.extra_channels == 0 and self.stride == (1, 1, 1):
            return x
        if self.shortcut == "A-detached":
            x = x.detach()
        step_t, step_h, step_w = self.stride
        x = ending_at_newest(x, step_t) if self.causal else x[:, :, ::step_t]
        x = x[..., ::step_h, ::step_w]
        return F.pad(x, (0, 0, 0, 0, 0, 0, 0, self.extra_channels))


def _conv(
    in_channels: int,
    channels: int,
    kernel: int,
    stride: tuple[int, int, int],
    frame_step: int | None,
) -> Any:
    options: dict[str, Any] = {"padding": kernel // 2, "bias": False}
    if frame_step is None:
        return ShortClipConv3d(in_channels, channels, kernel, stride, **options)
    return CausalConv3d(
        in_channels, channels, kernel, stride, frame_step=frame_step, **options
    )
