"""How a backbone lets others look at, and change, its features between stages.

A *staged* backbone has ``stage_channels``, the output channels of each stage by name,
and ``stages(x)``: a generator that yields ``(name, feature)`` after each stage,
receives the feature to go on with, and returns the backbone's output.
:class:`~stal_plugin.models.backbones.linknet.LinkNet` uses it to link two branches; a
plain forward pass sends every feature back unchanged.
"""

from collections.abc import Generator
from typing import Any

import torch
from torch import Tensor

#: Yields (stage name, feature), receives the feature to continue with, returns output.
Stages = Generator[tuple[str, Tensor], Tensor, tuple[Tensor, ...]]


class StageRunner:
    """A staged backbone that runs as far as it is told to.

    Args:
        stages: A fresh generator from ``backbone.stages(x)``.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._name: str | None = None
        #: Feature of the stage it stands at; what is put here goes on instead.
        self.feature: Any = None

    def run_to(self, name: str) -> None:
        """Run until after the named stage; do nothing if it stands there.

        Raises:
            ValueError: If the backbone ends without that stage.
        """
        while self._name != name:
            try:
                self._name, self.feature = self._stages.send(self.feature)
            except StopIteration:
                raise ValueError(
                    f"stage {name!r} does not come after {self._name!r}"
                ) from None

    def finish(self) -> tuple[Tensor, ...]:
        """Run to the end and return the output of the backbone."""
        try:
            while True:
                self._name, self.feature = self._stages.send(self.feature)
        except StopIteration as stop:
            output: tuple[Tensor, ...] = stop.value
            return output


def run_stages(stages: Stages) -> tuple[Tensor, ...]:
    """Run a staged backbone to its end, every feature unchanged.

    Args:
        stages: A fresh generator from ``backbone.stages(x)``.

    Returns:
        The output of the backbone.
    """
    return StageRunner(stages).finish()


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
