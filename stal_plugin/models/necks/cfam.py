"""Channel fusion and attention, the neck of YOWO."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.registry import MODELS


def gram_attention(x: Tensor) -> Tensor:
    """Mix channels by the similarity of their maps, without learned projections.

    With E = X X^T over flattened maps, channel i receives
    ``softmax_j(max_j E_ij - E_ij) X_j``: the less alike, the larger the weight.

    Args:
        x: ``(B, C, H, W)``.

    Returns:
        ``(B, C, H, W)``.
    """
    maps = x.flatten(2)
    energy = maps @ maps.transpose(1, 2)
    attention = (energy.amax(dim=-1, keepdim=True) - energy).softmax(dim=-1)
    return (attention @ maps).view_as(x)


@MODELS.register_module()
class CFAM(BaseModule):
    """Fuse 2D and 3D features with channel (Gram) attention, as in YOWO.

    ::

        concat(3D, 2D) -> 1x1, 3x3 -> x + gamma * gram_attention(x) -> 3x3
                       -> dropout -> 1x1 (bias, linear)

    Args:
        in_channels: Channels of the maps, in the order in which they come.
        channels: Hidden channels.
        out_channels: Channels of the fused map. Default: ``channels``.
        dropout: Share of channels dropped before the last layer.
        pass_on: Input maps that come after the fused one in the output, by their
            place: ``(1,)`` is the 3D branch's, as ``RoIClassYOWOHead`` wants it.
        init_cfg: Initialisation, see mmengine.

    Shape:
        inputs: maps ``(B, C_i, H, W)`` of equal size; output: a tuple of the fused map
        ``(B, out_channels, H, W)`` and those of ``pass_on``.

    Reference:
        Köpüklü et al., You Only Watch Once (2019), section 3; arXiv:2012.08097,
        section 5.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 1024,
        out_channels: int | None = None,
        dropout: float = 0.1,
        pass_on: Sequence[int] = (),
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.out_channels = out_channels or channels
        self.pass_on = tuple(pass_on)
        self.squeeze = nn.Sequential(
            _conv(sum(in_channels), channels, 1), _conv(channels, channels, 3)
        )
        self.gamma = nn.Parameter(torch.zeros(1))
        self.expand = nn.Sequential(
            _conv(channels, channels, 3),
            nn.Dropout2d(dropout),
            nn.Conv2d(channels, self.out_channels, 1),
        )

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Fuse the maps; the 3D map comes first in the concatenation."""
        x = self.squeeze(torch.cat(tuple(reversed(tuple(features))), dim=1))
        x = x + self.gamma * gram_attention(x)
        return (self.expand(x), *(features[i] for i in self.pass_on))


def _conv(in_channels: int, out_channels: int, kernel: int) -> ConvModule:
    return ConvModule(
        in_channels,
        out_channels,
        kernel,
        padding=kernel // 2,
        norm_cfg={"type": "BN"},
    )
