"""A pyramid of the 2D branch, and at each of its levels the 3D branch and CFAM."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from stal_plugin.models.host_scope import in_own_scope
from stal_plugin.models.necks.cfam import CFAM
from stal_plugin.registry import MODELS


def fit_map(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a map to another size: mean of the cells, or nearest cell.

    Args:
        x: ``(B, C, H, W)``.
        size: Height and width.

    Returns:
        ``(B, C, *size)``.
    """
    height, width = (int(side) for side in x.shape[-2:])
    if (height, width) == size:
        return x
    if height >= size[0] and width >= size[1]:
        return F.adaptive_avg_pool2d(x, size)
    return F.interpolate(x, size=size, mode="nearest")


@MODELS.register_module()
class MultiLevelCFAM(BaseModule):
    """Fuse the levels of the 2D branch with each other, then each with the 3D map.

    ::

        2D maps -> pyramid (FPN, PAFPN) -> level i ------------+-> CFAM i -> map i
        3D map  -> pooled or repeated to the cells of level i -+

    Args:
        in_channels: Channels of the 2D maps, fine to coarse, and of the 3D map, as
            ``stal_plugin.LinkNet`` with ``levels`` gives them.
        pyramid: Config of the pyramid without ``in_channels``, e.g.
            ``dict(type='mmdet.FPN', out_channels=64, num_outs=2)``.
        channels: Hidden channels of each CFAM, and those of its output.
        dropout: See ``CFAM``.
        pass_on: Input maps that come after the fused ones in the output, by their
            place: ``(-1,)`` is the 3D branch's, as ``RoIClassDecoupledHead`` wants it.
        init_cfg: Initialisation, see mmengine.

    Shape:
        inputs: 2D maps ``(B, C_i, H_i, W_i)`` and a 3D map ``(B, C, H, W)``; output:
        a tuple of maps ``(B, channels, H_i, W_i)``, one for each level that the
        pyramid gives, and those of ``pass_on``.

    Raises:
        ValueError: There are not as many maps as ``in_channels``.

    Reference:
        Yang, YOWOv2 (arXiv:2302.06848), section 3, for levels that the 3D feature
        joins; CFAM as in ``CFAM``.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        pyramid: Mapping[str, Any],
        channels: int = 256,
        dropout: float = 0.1,
        pass_on: Sequence[int] = (),
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.in_channels = tuple(in_channels)
        self.pass_on = tuple(pass_on)
        own = {"in_channels": list(self.in_channels[:-1]), **pyramid}
        self.pyramid: Any = MODELS.build(in_own_scope(own))
        widths = (int(pyramid["out_channels"]), self.in_channels[-1])
        self.fusions = nn.ModuleList(
            CFAM(widths, channels, dropout=dropout) for _ in range(pyramid["num_outs"])
        )

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return a map for each level, fine to coarse, and those passed on."""
        if len(features) != len(self.in_channels):
            raise ValueError(
                f"the neck takes {len(self.in_channels)} maps (in_channels="
                f"{self.in_channels}: those of the 2D branch, then the 3D branch's), "
                f"but the backbone gives {len(features)}: set its levels"
            )
        *levels, clip_map = features
        fused = []
        for level, fusion in zip(self.pyramid(levels), self.fusions, strict=True):
            size = (int(level.shape[-2]), int(level.shape[-1]))
            fused += fusion((level, fit_map(clip_map, size)))
        return (*fused, *(features[i] for i in self.pass_on))
