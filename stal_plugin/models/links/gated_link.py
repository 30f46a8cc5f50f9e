"""What all links share: the shapes of both ends and the gate."""

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.links.fitting import SLOTS, add_signal, meet


class GatedLink(BaseModule):
    """Add a signal made of one branch's feature to the other branch's feature.

    A kind of link defines :meth:`signal`.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives.
        slots: Temporal slots that give or receive: ``'all'`` or ``'keyframe'``.
        gated: Multiply by a learnt weight per channel, zero at first, so that the
            network starts as the one without links.
        init_cfg: Initialisation, see mmengine.

    Shape:
        source ``(B, C, h, w)`` and target ``(B, C', T, H, W)``, or the other way
        round; output: as the target.

    Raises:
        ValueError: Unknown ``slots``, or features that the link was not made for.
    """

    allowed_slots: tuple[str, ...] = SLOTS

    def __init__(
        self,
        source_channels: int,
        target_channels: int,
        slots: str = "all",
        gated: bool = True,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if slots not in self.allowed_slots:
            raise ValueError(
                f"slots must be one of {self.allowed_slots}, got {slots!r}"
            )
        self.slots = slots
        self.source_channels = source_channels
        self.gate = nn.Parameter(torch.zeros(target_channels)) if gated else None

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the target with the signal of the source added."""
        clip, frames = meet(source, target, self.source_channels)
        return add_signal(target, self.signal(clip, frames), self.gate)

    def signal(self, clip: Tensor, frames: int) -> Tensor:
        """Make the signal.

        Args:
            clip: ``(B, C, T, H, W)``, on the cells of the target; T is 1 for a key
                frame.
            frames: Temporal slots of the target, 1 in 2D.

        Returns:
            ``(B, C', frames, H, W)``.
        """
        raise NotImplementedError

    def init_weights(self) -> None:
        """Kaiming initialisation, as in the 3D branch, and a closed gate."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv3d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
        if self.gate is not None:
            nn.init.zeros_(self.gate)
        super().init_weights()
