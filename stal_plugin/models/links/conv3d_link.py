"""Link "conv3d": one convolution."""

from typing import Any

from torch import Tensor
from torch.nn import functional as F

from stal_plugin.models.links.fitting import SLOTS, fit_time
from stal_plugin.models.links.gated_link import GatedLink
from stal_plugin.models.links.layers import conv_bn_relu
from stal_plugin.registry import MODELS


@MODELS.register_module()
class Conv3dLink(GatedLink):
    """Pass the feature of one branch through one 3D convolution and add it.

    With ``slots='all'`` the convolved map serves every temporal slot, with
    ``'keyframe'`` the last one. ``'padded'`` (from 2D to 3D only) is the paper's code:
    it pads the single frame with T empty frames on both sides and convolves with a
    stride of 2 in time, to come out at T slots. **Only 2 of the T slots then see the
    map**; the others hold the constant that batch normalisation makes of zeros. (With
    T of 2 or 1 the padding is 1, and all slots share one result.)

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives.
        **kwargs: ``slots``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Raises:
        ValueError: ``slots='padded'`` from 3D to 2D; else as :class:`GatedLink`.

    Reference:
        Paper, section 6.1, "conv3d" in table 2.
    """

    allowed_slots: tuple[str, ...] = (*SLOTS, "padded")

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        stride, pad = (2, 0) if self.slots == "padded" else (1, 1)
        self.conv = conv_bn_relu(source_channels, target_channels, stride, pad)

    def signal(self, clip: Tensor, frames: int) -> Tensor:
        """Convolve, then repeat or average over time."""
        if self.slots == "padded":
            clip = _pad(clip, frames)
        return fit_time(self.conv(clip), frames, self.slots)


def _pad(clip: Tensor, frames: int) -> Tensor:
    if clip.shape[2] > 1:
        raise ValueError("slots='padded' exists from the 2D to the 3D branch only")
    pad = frames if frames > 2 else 1
    return F.pad(clip, (0, 0, 0, 0, pad, pad))
