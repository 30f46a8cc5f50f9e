"""Layers that links are made of."""

import torch
from torch import Tensor, nn

from stal_plugin.compat.safe_conv3d import SafeConv3d


def conv_bn_relu(
    in_channels: int,
    out_channels: int,
    stride_t: int = 1,
    pad_t: int = 1,
) -> nn.Sequential:
    """Build a 3x3x3 convolution with batch normalisation and ReLU.

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        stride_t: Stride in time; 1 in space.
        pad_t: Padding in time; 1 in space.
    """
    return nn.Sequential(
        SafeConv3d(
            in_channels,
            out_channels,
            3,
            stride=(stride_t, 1, 1),
            padding=(pad_t, 1, 1),
            bias=False,
        ),
        nn.BatchNorm3d(out_channels),
        nn.ReLU(inplace=True),
    )


def bottleneck(in_channels: int, out_channels: int) -> nn.Sequential:
    """Build two 3x3x3 convolutions through half of the output channels."""
    middle = max(1, out_channels // 2)
    return nn.Sequential(
        conv_bn_relu(in_channels, middle), conv_bn_relu(middle, out_channels)
    )


def zero_gate(channels: int, gated: bool) -> nn.Parameter | None:
    """Return one weight per channel, zero at first, or None for no gate."""
    return nn.Parameter(torch.zeros(channels)) if gated else None


def adapter(source_channels: int, target_channels: int) -> nn.Module:
    """Return a 1x1x1 convolution if the channels differ, else nothing to do."""
    if source_channels == target_channels:
        return nn.Identity()
    return SafeConv3d(source_channels, target_channels, 1, bias=False)


def kaiming_init(module: nn.Module, gate: Tensor | None) -> None:
    """Initialise the convolutions as those of the 3D branch and close the gate."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv3d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    if gate is not None:
        nn.init.zeros_(gate)
