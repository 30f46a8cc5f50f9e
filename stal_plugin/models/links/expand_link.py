"""Link "expand": repeat over time and add."""

from typing import Any

from torch import Tensor, nn

from stal_plugin.compat.safe_conv3d import SafeConv3d
from stal_plugin.models.links.fitting import fit_time
from stal_plugin.models.links.gated_link import GatedLink
from stal_plugin.registry import MODELS


@MODELS.register_module()
class ExpandLink(GatedLink):
    """Add the feature of one branch to that of the other, without a 3x3x3 convolution.

    From 2D to 3D the map is repeated over time, from 3D to 2D the clip is averaged
    (or its last slot taken). Has no parameter with ``gated=False`` and equal channels,
    which is the paper's form.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; where they differ, a
            1x1x1 convolution comes first.
        **kwargs: ``slots``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Reference:
        Paper, section 6.1, "expand" in table 2.
    """

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        self.adapter: nn.Module = nn.Identity()
        if source_channels != target_channels:
            self.adapter = SafeConv3d(source_channels, target_channels, 1, bias=False)

    def signal(self, clip: Tensor, frames: int) -> Tensor:
        """Repeat or average over time."""
        return fit_time(self.adapter(clip), frames, self.slots)
