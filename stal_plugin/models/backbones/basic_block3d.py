"""Residual block of the 3D ResNet-18."""

import torch.nn.functional as F
from torch import Tensor, nn

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

    Shape:
        ``(B, C_in, T, H, W)`` to ``(B, C, T / s, H / s, W / s)``.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: tuple[int, int, int],
        shortcut: str,
    ) -> None:
        super().__init__()
        self.conv1 = ShortClipConv3d(
            in_channels, channels, 3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm3d(channels)
        self.conv2 = ShortClipConv3d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.stride = stride
        self.shortcut = shortcut
        self.extra_channels = channels - in_channels
        changes_shape = self.extra_channels != 0 or stride != (1, 1, 1)
        self.downsample: nn.Module | None = None
        if changes_shape and shortcut == "B":
            self.downsample = nn.Sequential(
                ShortClipConv3d(in_channels, channels, 1, stride=stride, bias=False),
                nn.BatchNorm3d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Add the shortcut to the residual."""
        residual = self.relu(self.bn1(self.conv1(x)))
        residual = self.bn2(self.conv2(residual))
        return self.relu(residual + self._skip(x))

    def _skip(self, x: Tensor) -> Tensor:
        if self.downsample is not None:
            skipped: Tensor = self.downsample(x)
            return skipped
        if self.extra_channels == 0 and self.stride == (1, 1, 1):
            return x
        if self.shortcut == "A-detached":
            x = x.detach()
        step_t, step_h, step_w = self.stride
        x = x[:, :, ::step_t, ::step_h, ::step_w]
        return F.pad(x, (0, 0, 0, 0, 0, 0, 0, self.extra_channels))
