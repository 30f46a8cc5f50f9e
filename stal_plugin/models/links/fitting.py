"""What links are made of: fitting features in space and time, adding, convolving."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stal_plugin.compat.safe_conv3d import SafeConv3d

#: Which frames of a clip's feature a link serves: all, or the key frame, the last.
FRAMES = ("all", "keyframe")


def fit_space(source: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a feature to the cells of another by pooling or repeating.

    Args:
        source: ``(B, C, T, h, w)``.
        size: ``(H, W)``; in each direction the same as, a multiple of or a divisor
            of that of the source, both directions alike.

    Returns:
        ``(B, C, T, H, W)``: means of blocks, or repeated cells.

    Raises:
        ValueError: If neither is a multiple of the other.
    """
    height, width = source.shape[-2:]
    if (height, width) == size:
        return source
    if height % size[0] == 0 and width % size[1] == 0:
        block = (1, height // size[0], width // size[1])
        return F.avg_pool3d(source, block)
    if size[0] % height == 0 and size[1] % width == 0:
        source = source.repeat_interleave(size[0] // height, dim=-2)
        return source.repeat_interleave(size[1] // width, dim=-1)
    raise ValueError(
        f"a link cannot bring a map of {(height, width)} cells to one of {size}: "
        "neither is a whole multiple of the other. Link stages of the same stride"
    )


def fit_time(source: Tensor, num_frames: int, frames: str) -> Tensor:
    """Bring a feature to the number of frames of another.

    Args:
        source: ``(B, C, T, H, W)``; T is 1 (a key frame) or more (a clip).
        num_frames: 1 to leave the clip, or the number of the clip to join it.
        frames: ``'all'``: a key frame is repeated, a clip is averaged. ``'keyframe'``:
            a key frame becomes the last frame and the others stay zero; of a clip the
            last frame is taken.

    Returns:
        ``(B, C, num_frames, H, W)``.

    Raises:
        ValueError: If T differs from ``num_frames`` and neither is 1.
    """
    own = source.shape[2]
    if own == num_frames:
        return source
    if num_frames == 1:
        last = source[:, :, -1:]
        return last if frames == "keyframe" else source.mean(dim=2, keepdim=True)
    if own != 1:
        raise ValueError(f"a link cannot bring {own} frames to {num_frames}")
    if frames == "keyframe":
        return F.pad(source, (0, 0, 0, 0, num_frames - 1, 0))
    return source.expand(-1, -1, num_frames, -1, -1)


def as_clip(feature: Tensor) -> Tensor:
    """View ``(B, C, H, W)`` as a clip of one frame; a clip passes unchanged."""
    return feature[:, :, None] if feature.ndim == 4 else feature


def add_residual(target: Tensor, residual: Tensor, gate: Tensor | None) -> Tensor:
    """Add a gated residual to a feature.

    Args:
        target: ``(B, C, H, W)`` or ``(B, C, T, H, W)``.
        residual: ``(B, C, T, H, W)``, T is 1 for a 2D target.
        gate: ``(C,)`` or None for 1.

    Returns:
        ``target + gate * residual``, of the shape and memory format of the target.

    Raises:
        ValueError: If the channels differ.
    """
    if residual.shape[1] != target.shape[1]:
        raise ValueError(
            f"a link gives {residual.shape[1]} channels to a stage of "
            f"{target.shape[1]}: it was built for other stages"
        )
    if gate is not None:
        residual = residual * gate.view(1, -1, 1, 1, 1)
    return torch.add(target, residual[:, :, 0] if target.ndim == 4 else residual)


def fit_cells(source: Tensor, target: Tensor, channels: int) -> tuple[Tensor, int]:
    """Bring a source to the cells of its target.

    Args:
        source: ``(B, C, h, w)`` or ``(B, C, T, h, w)``.
        target: ``(B, C', H, W)`` or ``(B, C', T, H, W)``.
        channels: What C has to be.

    Returns:
        The source as a clip ``(B, C, T or 1, H, W)``, and the number of frames of the
        target, 1 in 2D.

    Raises:
        ValueError: If the source has other channels, or the sizes do not fit.
    """
    if source.shape[1] != channels:
        raise ValueError(
            f"a link was made for {channels} channels, but the stage that it starts "
            f"from has {source.shape[1]}"
        )
    clip = fit_space(as_clip(source), (target.shape[-2], target.shape[-1]))
    return clip, as_clip(target).shape[2]


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
