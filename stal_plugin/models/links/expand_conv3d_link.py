"""Link "expand + conv3d": repeat over time, then two convolutions."""

from typing import Any

from torch import Tensor

from stal_plugin.models.links.fitting import fit_time
from stal_plugin.models.links.gated_link import GatedLink
from stal_plugin.models.links.layers import bottleneck
from stal_plugin.registry import MODELS


@MODELS.register_module()
class ExpandConv3dLink(GatedLink):
    """Repeat the map over time, pass it through two 3D convolutions, add it.

    From 3D to 2D the clip is first averaged over time (or its last slot taken). With
    ``slots='keyframe'`` the map stands in the last slot before the convolutions, which
    carry it to the two slots before.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; half of them between
            the convolutions.
        **kwargs: ``slots``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Reference:
        Paper, section 6.1, "expand + conv3d" in table 2.
    """

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        self.convs = bottleneck(source_channels, target_channels)

    def signal(self, clip: Tensor, frames: int) -> Tensor:
        """Repeat or average over time, then convolve."""
        return self.convs(fit_time(clip, frames, self.slots))
