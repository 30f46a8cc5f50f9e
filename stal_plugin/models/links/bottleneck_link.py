"""Link "bottleneck": two convolutions, then over time."""

from typing import Any

from torch import Tensor

from stal_plugin.models.links.fitting import fit_time
from stal_plugin.models.links.gated_link import GatedLink
from stal_plugin.models.links.layers import bottleneck
from stal_plugin.registry import MODELS


@MODELS.register_module()
class BottleneckLink(GatedLink):
    """Pass the feature of one branch through two 3D convolutions and add it.

    The convolutions work on the source as it is: from 2D to 3D on the single map, so
    that they cost a T-th of those of
    :class:`~stal_plugin.models.links.expand_conv3d_link.ExpandConv3dLink`.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; half of them between
            the convolutions.
        **kwargs: ``slots``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Reference:
        Paper, section 6.1.
    """

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        self.convs = bottleneck(source_channels, target_channels)

    def signal(self, clip: Tensor, frames: int) -> Tensor:
        """Convolve, then repeat or average over time."""
        return fit_time(self.convs(clip), frames, self.slots)
