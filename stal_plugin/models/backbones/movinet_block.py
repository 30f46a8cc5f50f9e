"""One layer of a MoViNet: an inverted bottleneck."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stal_plugin.models.backbones.movinet_layers import (
    CausalConv,
    Conv3d,
    SqueezeExcite,
    conv2d,
    on_frames,
)


@dataclass(frozen=True)
class BlockShape:
    """Sizes of a block.

    Args:
        channels: Channels of the output.
        expanded: Channels inside.
        frames: Kernel in time.
        side: Kernel in space.
        stride: In space.
    """

    channels: int
    expanded: int
    frames: int
    side: int
    stride: int


class MoViNetBlock(nn.Module):
    """Expand, convolve in space and time, weigh the channels, project, add.

    What is added starts at zero (``rezero``), so that a new block is the identity.

    Args:
        in_channels: Channels of the input.
        shape: Sizes of the block.
        causal: (2+1)D convolution that sees no later frames, instead of a 3D one.
        se_type: ``'none'``, or the kind of :class:`SqueezeExcite`.
        act: Name of the activation.
    """

    def __init__(
        self,
        in_channels: int,
        shape: BlockShape,
        causal: bool,
        se_type: str,
        act: str,
    ) -> None:
        super().__init__()
        self.stride = shape.stride
        self.expansion = conv2d(in_channels, shape.expanded, 1, act=act)
        convolution: Any = CausalConv if causal else Conv3d
        kernel = (shape.frames, shape.side)
        self.feature: Any = convolution(shape.expanded, kernel, shape.stride, act)
        self.attention: Any = (
            None
            if se_type == "none"
            else SqueezeExcite(shape.expanded, causal, se_type, act)
        )
        self.projection = conv2d(shape.expanded, shape.channels, 1)
        self.rezero = nn.Parameter(torch.zeros(()))
        same = in_channels == shape.channels and shape.stride == 1
        self.skip: Any = None if same else conv2d(in_channels, shape.channels, 1)

    def state_shapes(self, height: int, width: int) -> list[tuple[int, ...]]:
        """Shapes of what a causal block remembers of one video, for such outputs."""
        shapes: list[tuple[int, ...]] = self.feature.state_shapes(height, width)
        return shapes + (self.attention.state_shapes() if self.attention else [])

    def forward(
        self, x: Tensor, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run the block.

        Args:
            x: ``(B, T, C, H, W)``.
            state: What it returned before; None: the video starts.

        Returns:
            ``(B, T, C', H / stride, W / stride)``, sizes rounded up, and the new state.
        """
        cut = 0 if state is None else len(state) - 2 * bool(self.attention)
        past = None if state is None else state[:cut]
        y, past = self.feature(on_frames(self.expansion, x), past)
        seen: tuple[Tensor, ...] = ()
        if self.attention:
            y, seen = self.attention(y, None if state is None else state[cut:])
        y = on_frames(self.projection, y) * self.rezero
        return y + self._skipped(x), (*past, *seen)

    def _skipped(self, x: Tensor) -> Tensor:
        if self.skip is None:
            return x
        return on_frames(self.skip, x if self.stride == 1 else on_frames(_halved, x))


def _halved(x: Tensor) -> Tensor:
    """Mean of 3 x 3 pixels, stride 2, of those inside: TensorFlow's "same" padding."""
    odd = (int(x.shape[2]) % 2, int(x.shape[3]) % 2)
    return F.avg_pool2d(x, 3, 2, odd, ceil_mode=True, count_include_pad=False)
