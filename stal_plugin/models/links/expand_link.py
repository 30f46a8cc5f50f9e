"""Link "expand": repeat over time and add."""

from mmengine.model import BaseModule
from torch import Tensor

from stal_plugin.models.links.fitting import (
    add_signal,
    check_slots,
    fit_time,
    meet,
)
from stal_plugin.models.links.layers import adapter, kaiming_init, zero_gate
from stal_plugin.registry import MODELS


@MODELS.register_module()
class ExpandLink(BaseModule):
    """Add the feature of one branch to that of the other, without a convolution.

    From 2D to 3D the map is repeated over time, from 3D to 2D the clip is averaged
    (or its last slot taken). Has no parameter with ``gated=False`` and equal channels,
    which is the paper's form.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; where they differ, a
            1x1x1 convolution comes first.
        slots: Temporal slots that give or receive: ``'all'`` or ``'keyframe'``.
        gated: Multiply by a learnt weight per channel, zero at first, so that the
            network starts as the one without links.
        init_cfg: Initialisation, see mmengine.

    Shape:
        source ``(B, C, h, w)`` and target ``(B, C, T, H, W)``, or the other way
        round; output: as the target.

    Reference:
        Paper, section 6.1, "expand" in table 2.
    """

    def __init__(
        self,
        source_channels: int,
        target_channels: int,
        slots: str = "all",
        gated: bool = True,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.slots = check_slots(slots)
        self.source_channels = source_channels
        self.adapter = adapter(source_channels, target_channels)
        self.gate = zero_gate(target_channels, gated)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the target with the source added."""
        clip, frames = meet(source, target, self.source_channels)
        signal = fit_time(self.adapter(clip), frames, self.slots)
        return add_signal(target, signal, self.gate)

    def init_weights(self) -> None:
        """Kaiming initialisation, closed gate."""
        kaiming_init(self, self.gate)
        super().init_weights()
