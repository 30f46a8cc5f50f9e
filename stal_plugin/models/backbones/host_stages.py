"""Stages of any branch, also of the host packages' residual networks."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from stal_plugin.models.backbones.stages import Stages


def stage_channels(branch: Any) -> dict[str, int]:
    """Output channels of each stage of a branch, in order; empty if it has none.

    Args:
        branch: None, a staged backbone, or ``mmdet.ResNet``, ``mmaction.ResNet3d`` or
            a child of theirs that does not change ``forward``.
    """
    if hasattr(branch, "stage_channels"):
        return dict(branch.stage_channels)
    if branch is None or _host_function(branch) is None:
        return {}
    first = branch.base_channels * branch.block.expansion
    return {name: first * 2**i for i, name in enumerate(branch.res_layers)}


def stages_of(branch: Any, x: Tensor) -> Stages:
    """Return the stages of a branch on an input, see ``stages.py``.

    Raises:
        ValueError: If the branch has no stages.
    """
    if hasattr(branch, "stages"):
        stages: Stages = branch.stages(x)
        return stages
    function = _host_function(branch)
    if function is None:
        raise ValueError(f"{type(branch).__name__} has no stages to link")
    return function(branch, x)


def _host_function(branch: Any) -> Callable[[Any, Tensor], Stages] | None:
    """Return the function that walks through the stages of a host's network."""
    from mmaction.models import ResNet3d
    from mmdet.models import ResNet

    forward = type(branch).forward
    if forward is ResNet.forward:
        return _resnet
    if forward is ResNet3d.forward:
        return _resnet3d
    return None


def _resnet(net: Any, x: Tensor) -> Stages:
    """Walk through ``mmdet.ResNet``."""
    x = net.stem(x) if net.deep_stem else net.relu(net.norm1(net.conv1(x)))
    x = net.maxpool(x)
    outputs = []
    for index, name in enumerate(net.res_layers):
        x = yield name, getattr(net, name)(x)
        if index in net.out_indices:
            outputs.append(x)
    return tuple(outputs)


def _resnet3d(net: Any, x: Tensor) -> Stages:
    """Walk through ``mmaction.ResNet3d``."""
    x = net.conv1(x)
    if net.with_pool1:
        x = net.maxpool(x)
    outputs = []
    for index, name in enumerate(net.res_layers):
        x = yield name, getattr(net, name)(x)
        if index == 0 and net.with_pool2:
            x = net.pool2(x)
        if index in net.out_indices:
            outputs.append(x)
    return tuple(outputs)
