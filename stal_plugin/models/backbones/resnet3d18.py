"""3D ResNet-18, the 3D branch of YOWO."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.compat.safe_conv3d import SafeConv3d
from stal_plugin.models.backbones.basic_block3d import SHORTCUTS, BasicBlock3d
from stal_plugin.models.backbones.causal_time import (
    CausalConv3d,
    CausalMaxPool3d,
    StreamBuffers,
    StreamState,
    on_newest,
)
from stal_plugin.models.backbones.stages import StagedRun, scaled_channels
from stal_plugin.registry import MODELS

_STAGES = ("layer1", "layer2", "layer3", "layer4")
_CHANNELS = (64, 128, 256, 512)


@MODELS.register_module()
class ResNet3D18(BaseModule):
    """3D ResNet-18 with YOWO's stem, in the layout of the Kinetics checkpoints.

    ::

        x -> 7x7x7 conv, stride (1, 2, 2) -> max-pool, stride 2 -> layer1..layer4

    A 16-frame clip has 16, 8, 8, 4, 2, 1 frames after the stem convolution, the pool
    and the four layers.

    Args:
        width: Multiplies every channel count.
        in_channels: Channels C of the input: 3 for RGB.
        stem_kernel: Kernel (T, H, W) of the first convolution.
        stem_stride: Its stride.
        pool_kernel: Kernel (T, H, W) of the max-pool; 1 in T keeps the frames apart,
            which matters where classes differ by the direction of a motion.
        pool_stride: Its stride.
        spatial_strides: Stride of each layer in H and W; ``(1, 2, 2, 1)`` gives
            output stride 16.
        temporal_strides: Stride of each layer in T.
        shortcut: ``'A'``, ``'A-detached'`` (YOWO's code: no gradient through the
            shortcut of down-sampling blocks) or ``'B'``.
        causal: A frame's feature depends on that frame and earlier ones; strides end
            at the newest frame. Weights are those of the ordinary network. Such a
            network also runs frame by frame: :meth:`stream_state`, :meth:`step`.
        **kwargs: ``init_cfg``, see mmengine.

    Shape:
        input ``(B, C, T, H, W)``; output: a tuple of one map
        ``(B, 512 * width, T / 16, H / 32, W / 32)``, sizes rounded up.

    Raises:
        ValueError: If ``shortcut`` is none of the three.

    Reference:
        Hara et al., Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs and
        ImageNet? (CVPR 2018); arXiv:2012.08097, section 5.
    """

    def __init__(
        self,
        width: float = 1.0,
        in_channels: int = 3,
        stem_kernel: Sequence[int] = (7, 7, 7),
        stem_stride: Sequence[int] = (1, 2, 2),
        pool_kernel: Sequence[int] = (3, 3, 3),
        pool_stride: Sequence[int] = (2, 2, 2),
        spatial_strides: Sequence[int] = (1, 2, 2, 2),
        temporal_strides: Sequence[int] = (1, 2, 2, 2),
        shortcut: str = "A",
        causal: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if shortcut not in SHORTCUTS:
            raise ValueError(f"shortcut must be one of {SHORTCUTS}, got {shortcut!r}")
        channels = [scaled_channels(c, width) for c in _CHANNELS]
        #: Output channels of each stage, in order.
        self.stage_channels = dict(zip(_STAGES, channels, strict=True))
        self.causal = causal
        self.conv1, self.maxpool = _stem(
            (in_channels, channels[0]),
            (stem_kernel, stem_stride),
            (pool_kernel, pool_stride),
            causal,
        )
        self.bn1 = nn.BatchNorm3d(channels[0])
        self.relu = nn.ReLU(inplace=True)
        previous, frame_step = channels[0], stem_stride[0] * pool_stride[0]
        strides = zip(temporal_strides, spatial_strides, strict=True)
        for (name, out), (step_t, step_s) in zip(
            self.stage_channels.items(), strides, strict=True
        ):
            stride, before = (step_t, step_s, step_s), frame_step
            frame_step *= step_t
            first = BasicBlock3d(
                *(previous, out, stride, shortcut), before if causal else None
            )
            second = BasicBlock3d(
                *(out, out, (1, 1, 1), shortcut), frame_step if causal else None
            )
            self.add_module(name, nn.Sequential(first, second))
            previous = out
        self.out_channels = channels[-1]

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        """Run one layer, the first with the stem, see ``stages.py``."""
        if name == _STAGES[0]:
            x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        feature: Tensor = getattr(self, name)(x)
        return feature

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Return the feature of the last layer, see ``stages.py``."""
        return (features[_STAGES[-1]],)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the features of a batch of clips."""
        return StagedRun(self, x).finish()

    def stream_state(self, batch_size: int, size: tuple[int, int]) -> StreamState:
        """Return the state of streams of which nothing was seen.

        Args:
            batch_size: Number B of streams.
            size: Height and width of their frames.

        Returns:
            Kept inputs of the layers, zero, B rows each. A row of them is the state of
            one stream.

        Raises:
            ValueError: The network is not causal.
        """
        weight = self.conv1.weight
        frame = weight.new_zeros(batch_size, weight.shape[1], *size)
        state = self.step(frame, None)[1]
        return tuple(torch.zeros_like(kept) for kept in state)

    @torch.no_grad()
    def step(
        self, frame: Tensor, state: StreamState | None
    ) -> tuple[Tensor, StreamState]:
        """Look at one new frame of each stream.

        The map is that of the newest frame of :meth:`forward` on all frames so far.
        A layer computes one time step, whatever its stride.

        Args:
            frame: ``(B, C, H, W)``.
            state: From the step before, or from :meth:`stream_state`; None: the streams
                begin. It is not changed.

        Returns:
            The map ``(B, 512 * width, h, w)`` and the new state.

        Raises:
            ValueError: The network is not causal.
        """
        if not self.causal:
            raise ValueError(
                "ResNet3D18 looks at future frames and cannot run frame by frame: "
                "train it with causal=True"
            )
        buffers = StreamBuffers(state)
        return self.step_with(frame, buffers), buffers.state

    def step_with(self, frame: Tensor, buffers: StreamBuffers) -> Tensor:
        """:meth:`step` of a causal network, with inputs kept elsewhere.

        Args:
            frame: ``(B, C, H, W)``.
            buffers: Gives the layers what they saw before and keeps what they see.
        """
        x = frame
        for name in _STAGES:
            x = self.step_stage(name, x, buffers)
        return x

    def step_stage(self, name: str, x: Tensor, buffers: StreamBuffers) -> Tensor:
        """:meth:`run_stage` of the newest frame ``(B, C, H, W)``."""
        if name == _STAGES[0]:
            x = on_newest(self.bn1, self.conv1.step(x, buffers))
            x = self.maxpool.step(self.relu(x), buffers)
        for block in getattr(self, name):
            x = block.step(x, buffers)
        return x

    def init_weights(self) -> None:
        """Kaiming initialisation of convolutions, unless ``init_cfg`` says more."""
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
        super().init_weights()


def _stem(
    channels: tuple[int, int],
    conv: tuple[Sequence[int], Sequence[int]],
    pool: tuple[Sequence[int], Sequence[int]],
    causal: bool,
) -> tuple[Any, Any]:
    """First convolution and max-pool, from kernel and stride of each."""
    (kernel, stride), (pool_kernel, pool_stride) = conv, pool
    first: dict[str, Any] = {
        "kernel_size": tuple(kernel),
        "stride": tuple(stride),
        "padding": tuple(k // 2 for k in kernel),
        "bias": False,
    }
    second: dict[str, Any] = {
        "kernel_size": tuple(pool_kernel),
        "stride": tuple(pool_stride),
        "padding": tuple(k // 2 for k in pool_kernel),
    }
    if not causal:
        return SafeConv3d(*channels, **first), nn.MaxPool3d(**second)
    return (
        CausalConv3d(*channels, frame_step=1, **first),
        CausalMaxPool3d(frame_step=stride[0], **second),
    )
