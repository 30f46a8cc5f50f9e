"""Backbones stage by stage, so that LinkNet can add features in between.

A staged backbone has ``stage_channels``, the output channels of each stage by name, in
order; ``run_stage(name, x)``, one stage, the first with all that comes before it; and
``collect(features)``, the output of the backbone from the features of its stages. Ours
have these; for the residual networks of mmdet and mmaction2, and for MobileNetV2 of
mmdet, :func:`as_staged` makes them.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from torch import Tensor

from stal_plugin.models.backbones.causal_time import StreamBuffers


class StagedBackbone(Protocol):
    """What :class:`StagedRun` needs."""

    @property
    def stage_channels(self) -> dict[str, int]:
        """Output channels of each stage by name, in order."""
        ...

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        """Run one stage on the feature of the stage before, or on the input."""
        ...

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Return the backbone's output from the features of all stages."""
        ...


class StagedRun:
    """One forward pass of a backbone, as far as it is asked to go.

    Args:
        backbone: The backbone.
        x: Its input.

    Attributes:
        features: Features by stage. What is put in place of one goes on instead.
    """

    def __init__(self, backbone: StagedBackbone, x: Tensor) -> None:
        self._backbone = backbone
        self._input = x
        self.features: dict[str, Tensor] = {}

    def run_to(self, stage: str) -> Tensor:
        """Run until after the named stage, unless that has run; return its feature."""
        x = self._input
        for name in self._backbone.stage_channels:
            if name not in self.features:
                self.features[name] = self._backbone.run_stage(name, x)
            x = self.features[name]
            if name == stage:
                break
        return x

    def finish(self) -> tuple[Tensor, ...]:
        """Run to the end and return the output of the backbone."""
        self.run_to([*self._backbone.stage_channels][-1])
        return self._backbone.collect(self.features)


class SteppedStages:
    """Stages of a causal 3D backbone that sees one new frame.

    Features are clips of one time step, the newest, so that links take them.

    Args:
        branch: With ``stage_channels`` and ``step_stage(name, x, buffers)``.
        buffers: What its layers saw before.
    """

    def __init__(self, branch: Any, buffers: StreamBuffers) -> None:
        self._branch = branch
        self._buffers = buffers
        self.stage_channels: dict[str, int] = branch.stage_channels

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        """Run one stage on ``(B, C, H, W)``, or on what the stage before gave."""
        x = x[:, :, -1] if x.ndim == 5 else x
        newest: Tensor = self._branch.step_stage(name, x, self._buffers)
        return newest[:, :, None]

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Return the feature of the last stage ``(B, C, 1, h, w)``."""
        return (features[[*self.stage_channels][-1]],)


class _HostResNet:
    """Stages of ``mmdet.ResNet`` or ``mmaction.ResNet3d``."""

    def __init__(self, net: Any) -> None:
        self._net = net
        self._names = list(net.res_layers)
        first = net.base_channels * net.block.expansion
        self.stage_channels = {n: first * 2**i for i, n in enumerate(self._names)}

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        if name == self._names[0]:
            x = self._stem(x)
        elif name == self._names[1]:
            x = self._pool2(x)
        feature: Tensor = getattr(self._net, name)(x)
        return feature

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        outputs = [features[n] for i, n in enumerate(self._names) if self._is_output(i)]
        if self._is_output(0):
            outputs[0] = self._pool2(outputs[0])
        return tuple(outputs)

    def _is_output(self, index: int) -> bool:
        return index in self._net.out_indices

    def _stem(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _pool2(self, x: Tensor) -> Tensor:
        return x


class _ResNet(_HostResNet):
    def _stem(self, x: Tensor) -> Tensor:
        net = self._net
        x = net.stem(x) if net.deep_stem else net.relu(net.norm1(net.conv1(x)))
        pooled: Tensor = net.maxpool(x)
        return pooled


class _ResNet3d(_HostResNet):
    def _stem(self, x: Tensor) -> Tensor:
        x = self._net.conv1(x)
        return self._net.maxpool(x) if self._net.with_pool1 else x

    def _pool2(self, x: Tensor) -> Tensor:
        return self._net.pool2(x) if self._net.with_pool2 else x


class _MobileNetV2:
    """Stages of ``mmdet.MobileNetV2``: ``layer1`` to ``layer7`` and ``conv2``."""

    def __init__(self, net: Any) -> None:
        self._net = net
        *layers, last = net.layers
        blocks = {name: getattr(net, name)[-1].linear_conv for name in layers}
        self.stage_channels = {n: conv.out_channels for n, conv in blocks.items()}
        self.stage_channels[last] = getattr(net, last).out_channels

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        if name == self._net.layers[0]:
            x = self._net.conv1(x)
        feature: Tensor = getattr(self._net, name)(x)
        return feature

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        names = enumerate(self._net.layers)
        return tuple(features[n] for i, n in names if i in self._net.out_indices)


def as_staged(branch: Any) -> StagedBackbone | None:
    """Return a branch as a staged backbone; None if it has no stages.

    Args:
        branch: None, a staged backbone, or ``mmdet.ResNet``, ``mmdet.MobileNetV2``,
            ``mmaction.ResNet3d`` or a child of theirs that does not change ``forward``.
    """
    from mmaction.models import ResNet3d
    from mmdet.models import MobileNetV2, ResNet

    if hasattr(branch, "stage_channels"):
        staged: StagedBackbone = branch
        return staged
    forward = getattr(type(branch), "forward", None)
    if forward is ResNet.forward:
        return _ResNet(branch)
    if forward is MobileNetV2.forward:
        return _MobileNetV2(branch)
    return _ResNet3d(branch) if forward is ResNet3d.forward else None


def scaled_channels(channels: int, width: float) -> int:
    """Return ``channels * width``, rounded to a multiple of 4, at least 4."""
    return max(4, int(channels * width / 4 + 0.5) * 4)
