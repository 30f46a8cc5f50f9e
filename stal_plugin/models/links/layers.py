"""Layers that links are made of."""

from torch import nn

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
