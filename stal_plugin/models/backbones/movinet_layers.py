"""Layers of MoViNets. They work on frames ``(B, T, C, H, W)``.

What a layer remembers of the frames before is passed in and returned, so that a video
can be given whole, in pieces or frame by frame. Nothing given is changed in place.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from stal_plugin.compat.safe_conv3d import SafeConv3d

#: Activations by the name in tensorflow/models: configs of mmcv's layers.
ACTIVATIONS = {
    "swish": {"type": "SiLU"},
    "hard_swish": {"type": "HSwish"},
    "relu6": {"type": "ReLU6"},
}
#: What squeeze-excitation sees, by the name in tensorflow/models.
SE_TYPES = ("3d", "2plus3d", "none")
#: Keras' momentum .99 is torch's .01.
_NORM: dict[str, Any] = {"eps": 1e-3, "momentum": 0.01}


def activation(name: str) -> nn.Module:
    """Return the activation of that name, see ``ACTIVATIONS``."""
    layers = {"swish": nn.SiLU, "hard_swish": nn.Hardswish, "relu6": nn.ReLU6}
    built: nn.Module = layers[name]()
    return built


def conv2d(
    source: int,
    target: int,
    kernel: int,
    stride: int = 1,
    depthwise: bool = False,
    act: str | None = None,
) -> ConvModule:
    """Convolution of single frames, batch norm, activation.

    Args:
        source: Channels of the input.
        target: Channels of the output.
        kernel: Side of the kernel, odd.
        stride: With 2, padding is TensorFlow's "same": where it cannot be equal on
            both sides, the right and the lower side have the row more.
        depthwise: Each channel has its own kernel.
        act: Name of the activation; None: none.
    """
    return ConvModule(
        source,
        target,
        kernel,
        stride,
        padding=kernel // 2 if stride == 1 else 0,
        groups=source if depthwise else 1,
        conv_cfg=None if stride == 1 else {"type": "Conv2dAdaptivePadding"},
        norm_cfg={"type": "BN", **_NORM},
        act_cfg=ACTIVATIONS[act] if act else None,
    )


def on_frames(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Apply a layer of pictures to each of ``(B, T, C, H, W)``."""
    y = layer(x.flatten(0, 1))
    shaped: Tensor = y.reshape(x.shape[0], x.shape[1], *y.shape[1:])
    return shaped


def cumulative_mean(
    x: Tensor, mean: Tensor, count: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean over all time steps so far, at each time step.

    Args:
        x: ``(B, T, C)``, T new time steps.
        mean: ``(B, C)``, mean of the steps before.
        count: ``(B, 1)``, how many these were; 0 at the start of a video.

    Returns:
        Means ``(B, T, C)``; mean and count after the last step, in float32 at least:
        in half precision a count would stop at 256.
    """
    exact = mean_dtype(x.dtype)
    steps = torch.arange(1, x.shape[1] + 1, dtype=exact, device=x.device)
    counts = count.to(exact) + steps
    before = mean.to(exact) * count.to(exact)
    means = (before[:, None] + x.to(exact).cumsum(1)) / counts[:, :, None]
    return means.to(x.dtype), means[:, -1], counts[:, -1:]


def mean_dtype(dtype: torch.dtype) -> torch.dtype:
    """Type of means and counts where layers compute in a given one."""
    return torch.promote_types(dtype, torch.float32)


class CausalTimeConv(nn.Conv3d):
    """Depthwise convolution over time that sees no later frames.

    Written as a sum of shifted frames: a 3D convolution is several times slower on
    CPUs, and frames are the second axis here.

    Args:
        channels: Channels C.
        kernel: Number of frames it sees, the newest included.
    """

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__(
            channels, channels, (kernel, 1, 1), groups=channels, bias=False
        )
        nn.init.kaiming_normal_(self.weight)

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """Convolve.

        Args:
            x: ``(B, T, C, H, W)``.
            past: ``(B, kernel - 1, C, H, W)``, the frames before.

        Returns:
            ``(B, T, C, H, W)`` and the new past.
        """
        frames = torch.cat([past, x], 1)
        taps = self.weight[:, 0, :, 0, 0]
        size = x.shape[1]
        y = frames[:, :size] * taps[:, 0, None, None]
        for i in range(1, self.kernel_size[0]):
            y = torch.addcmul(y, frames[:, i : i + size], taps[:, i, None, None])
        return y, frames[:, size:]


class CausalConv(nn.Module):
    """Depthwise (2+1)D convolution: of each frame, then over time, causal.

    Args:
        channels: Channels C.
        kernel: Frames and pixels; with one frame there is no second convolution.
        stride: In space.
        act: Name of the activation after each.
    """

    def __init__(
        self, channels: int, kernel: tuple[int, int], stride: int, act: str
    ) -> None:
        super().__init__()
        self.channels, self.past = channels, kernel[0] - 1
        self.space = conv2d(channels, channels, kernel[1], stride, True, act)
        if self.past:
            self.time = CausalTimeConv(channels, kernel[0])
            self.time_norm = nn.BatchNorm2d(channels, **_NORM)
            self.act = activation(act)

    def state_shapes(self, height: int, width: int) -> list[tuple[int, ...]]:
        """Shapes of what is remembered, for outputs of that size."""
        return [(self.past, self.channels, height, width)] if self.past else []

    def forward(
        self, x: Tensor, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Convolve ``(B, T, C, H, W)``; return it and the new state."""
        x = on_frames(self.space, x)
        if not self.past:
            return x, ()
        if state is None:
            past = x.new_zeros(x.shape[0], self.past, *x.shape[2:])
        else:
            (past,) = state
        y, past = self.time(x, past)
        return self.act(on_frames(self.time_norm, y)), (past,)


class Conv3d(nn.Module):
    """Depthwise 3D convolution, padded with zeros on both sides of time.

    Args:
        channels: Channels C.
        kernel: Frames and pixels.
        stride: In space.
        act: Name of the activation.
    """

    def __init__(
        self, channels: int, kernel: tuple[int, int], stride: int, act: str
    ) -> None:
        super().__init__()
        self.side, self.stride = kernel[1], stride
        self.conv = SafeConv3d(
            channels,
            channels,
            (kernel[0], kernel[1], kernel[1]),
            (1, stride, stride),
            padding=(kernel[0] // 2, 0, 0),
            groups=channels,
            bias=False,
        )
        nn.init.kaiming_normal_(self.conv.weight)
        self.norm = nn.BatchNorm3d(channels, **_NORM)
        self.act = activation(act)

    def forward(self, x: Tensor, state: None) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Convolve ``(B, T, C, H, W)``; return it and an empty state."""
        height, width = int(x.shape[3]), int(x.shape[4])
        pads = (*self._pads(width), *self._pads(height))
        y = self.act(self.norm(self.conv(F.pad(x.transpose(1, 2), pads))))
        return y.transpose(1, 2), ()

    def _pads(self, size: int) -> tuple[int, int]:
        """Zeros before and after that TensorFlow's "same" padding has."""
        steps = -(-size // self.stride) - 1
        total = max(steps * self.stride + self.side - size, 0)
        return total // 2, total - total // 2


class SqueezeExcite(nn.Module):
    """Scale the channels by what the video shows.

    Args:
        channels: Channels C.
        causal: Whether the mean over time is of the frames so far, at each frame;
            else it is of the whole clip.
        kind: ``'3d'``: by the mean over space and time; ``'2plus3d'``: by this and
            the mean over the space of each frame.
        act: Name of the activation in between. With ``'swish'`` the last one is the
            sigmoid, else the hard sigmoid, as published.
    """

    def __init__(self, channels: int, causal: bool, kind: str, act: str) -> None:
        super().__init__()
        self.channels, self.causal, self.kind = channels, causal, kind
        source = channels * 2 if kind == "2plus3d" else channels
        hidden = _divisible(0.25 * source)
        self.reduce = nn.Linear(source, hidden)
        self.expand = nn.Linear(hidden, channels)
        self.act = activation(act)
        self.gate: nn.Module = nn.Sigmoid() if act == "swish" else nn.Hardsigmoid()

    def state_shapes(self) -> list[tuple[int, ...]]:
        """Shapes of what is remembered: the mean so far, and of how many frames."""
        return [(self.channels,), (1,)]

    def forward(
        self, x: Tensor, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Scale ``(B, T, C, H, W)``; return it and the new state."""
        now = x.mean((3, 4))
        pooled, state = self._over_time(now, state)
        if self.kind == "2plus3d":
            pooled = torch.cat([pooled.expand_as(now), now], 2)
        scale = self.gate(self.expand(self.act(self.reduce(pooled))))
        return x * scale[..., None, None], state

    def _over_time(
        self, now: Tensor, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        if not self.causal:
            return now.mean(1, keepdim=True), ()
        if state is None:
            state = (torch.zeros_like(now[:, 0]), torch.zeros_like(now[:, 0, :1]))
        means, *new = cumulative_mean(now, *state)
        return means, tuple(new)


def _divisible(channels: float) -> int:
    """Round to a multiple of 8, at least 8 and at least nine tenths."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8
