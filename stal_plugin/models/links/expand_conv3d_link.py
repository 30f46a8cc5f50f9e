"""Link "expand + conv3d": repeat over time, then two convolutions."""

from mmengine.model import BaseModule
from torch import Tensor

from stal_plugin.models.links.fitting import (
    add_signal,
    check_slots,
    fit_time,
    meet,
)
from stal_plugin.models.links.layers import bottleneck, kaiming_init, zero_gate
from stal_plugin.registry import MODELS


@MODELS.register_module()
class ExpandConv3dLink(BaseModule):
    """Repeat the map over time, pass it through two 3D convolutions, add it.

    From 3D to 2D the clip is first averaged over time (or its last slot taken).

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; half of them between
            the convolutions.
        slots: ``'all'``, or ``'keyframe'``: the map stands in the last slot only,
            before the convolutions, which carry it to the two slots before.
        gated: Multiply by a learnt weight per channel, zero at first.
        init_cfg: Initialisation, see mmengine.

    Shape:
        source ``(B, C, h, w)`` and target ``(B, C', T, H, W)``, or the other way
        round; output: as the target.

    Reference:
        Paper, section 6.1, "expand + conv3d" in table 2.
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
        self.convs = bottleneck(source_channels, target_channels)
        self.gate = zero_gate(target_channels, gated)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the target with the convolved, repeated source added."""
        clip, frames = meet(source, target, self.source_channels)
        signal = self.convs(fit_time(clip, frames, self.slots))
        return add_signal(target, signal, self.gate)

    def init_weights(self) -> None:
        """Kaiming initialisation, closed gate."""
        kaiming_init(self, self.gate)
        super().init_weights()
