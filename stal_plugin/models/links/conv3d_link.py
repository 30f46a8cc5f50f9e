"""Link "conv3d": one convolution."""

from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F

from stal_plugin.models.links.fitting import (
    SLOTS,
    add_signal,
    check_slots,
    fit_time,
    meet,
)
from stal_plugin.models.links.layers import conv_bn_relu, kaiming_init, zero_gate
from stal_plugin.registry import MODELS


@MODELS.register_module()
class Conv3dLink(BaseModule):
    """Pass the feature of one branch through one 3D convolution and add it.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives.
        slots: ``'all'``: the convolved map serves every temporal slot; ``'keyframe'``:
            the last one; ``'padded'`` (from 2D to 3D only): the paper's code, see
            below.
        gated: Multiply by a learnt weight per channel, zero at first.
        init_cfg: Initialisation, see mmengine.

    The paper's code pads the single frame with T empty frames on both sides and
    convolves with a stride of 2 in time, to come out at T slots. **Only 2 of the T
    slots then see the map**; the others hold the constant that batch normalisation
    makes of zeros. (With T of 2 or 1 the padding is 1, and all slots share one
    result.)

    Shape:
        source ``(B, C, h, w)`` and target ``(B, C', T, H, W)``, or the other way
        round; output: as the target.

    Raises:
        ValueError: Unknown ``slots``, or ``'padded'`` from 3D to 2D.

    Reference:
        Paper, section 6.1, "conv3d" in table 2.
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
        self.slots = check_slots(slots, (*SLOTS, "padded"))
        self.source_channels = source_channels
        padded = slots == "padded"
        self.conv = conv_bn_relu(
            source_channels,
            target_channels,
            stride_t=2 if padded else 1,
            pad_t=0 if padded else 1,
        )
        self.gate = zero_gate(target_channels, gated)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the target with the convolved source added."""
        clip, frames = meet(source, target, self.source_channels)
        if self.slots == "padded":
            clip = self._pad(clip, target)
        signal = fit_time(self.conv(clip), frames, self.slots)
        return add_signal(target, signal, self.gate)

    def _pad(self, clip: Tensor, target: Tensor) -> Tensor:
        if target.ndim == 4 or clip.shape[2] > 1:
            raise ValueError("slots='padded' exists from the 2D to the 3D branch only")
        frames = target.shape[2]
        pad = frames if frames > 2 else 1
        return F.pad(clip, (0, 0, 0, 0, pad, pad))

    def init_weights(self) -> None:
        """Kaiming initialisation, closed gate."""
        kaiming_init(self, self.gate)
        super().init_weights()
