"""How a backbone lets others look at, and change, its features between stages.

A *staged* backbone has ``stages(x)``: a generator that yields ``(name, feature)``
after each stage, receives the feature to go on with, and returns the backbone's
output. :class:`~stal_plugin.models.backbones.linknet.LinkNet` uses it to link two
branches; a plain forward pass sends every feature back unchanged.
"""

from collections.abc import Callable, Generator

import torch
from torch import Tensor

#: Yields (stage name, feature), receives the feature to continue with, returns output.
Stages = Generator[tuple[str, Tensor], Tensor, tuple[Tensor, ...]]


def run_stages(
    stages: Stages, edit: Callable[[str, Tensor], Tensor] | None = None
) -> tuple[Tensor, ...]:
    """Run a staged backbone to its end.

    Args:
        stages: A fresh generator from ``backbone.stages(x)``.
        edit: Called with the name and the feature of each stage; what it returns is
            handed to the next stage. Default: features pass unchanged.

    Returns:
        The output of the backbone.
    """
    try:
        name, feature = next(stages)
        while True:
            feature = feature if edit is None else edit(name, feature)
            name, feature = stages.send(feature)
    except StopIteration as stop:
        output: tuple[Tensor, ...] = stop.value
        return output


def scaled_channels(channels: int, width: float) -> int:
    """Return ``channels * width``, rounded to a multiple of 4, at least 4."""
    return max(4, int(channels * width / 4 + 0.5) * 4)


def space_to_depth(x: Tensor, block: int = 2) -> Tensor:
    """Stack each ``block x block`` patch as channels, patch position outermost.

    This is YOLOv2's "reorg": output channel ``(dy * block + dx) * C + c`` is input
    channel ``c`` at offset ``(dy, dx)`` of each patch.

    Args:
        x: ``(B, C, H, W)`` with H and W divisible by ``block``.
        block: Side of a patch.

    Returns:
        ``(B, C * block**2, H / block, W / block)``.
    """
    return torch.cat(
        [x[..., dy::block, dx::block] for dy in range(block) for dx in range(block)],
        dim=1,
    )
