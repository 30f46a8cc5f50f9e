"""YOWO's head with classes from a map of their own."""

from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from stal_plugin.models.dense_heads.yowo_head import YOWOHead
from stal_plugin.registry import MODELS


@MODELS.register_module()
class DecoupledYOWOHead(YOWOHead):
    """Boxes and objectness from the fused map, classes from the 3D branch's alone.

    ::

        fused map    -> 1x1 conv -> tx ty tw th objectness, of each anchor
        3D branch's  -> 3x3 conv -> BN -> ReLU -> dropout -> 1x1 conv -> K classes

    Where actions differ by motion, a class layer on the fused map learns the training
    clips by heart first: which actor, at which place, does what in them. The 3D branch
    sees less of that, and its gradient does not pass the fusion. All anchors of a cell
    share its classes. The neck passes the map on: ``CFAM(pass_on=(1,))``.

    Args:
        cls_in_channels: Channels of the map of the classes.
        cls_channels: Hidden channels.
        cls_dropout: Share of hidden channels dropped before the last layer.
        kwargs: Of :class:`YOWOHead`.

    Shape:
        input: a tuple of two maps ``(B, C, H, W)`` of one size; output: as
        :class:`YOWOHead`, to which losses, decoding and export are left.

    Reference:
        Jiang et al., YOWOv2 (arXiv:2302.06848), has separate maps for classes and
        boxes, both of them fused.
    """

    def __init__(
        self,
        *,
        cls_in_channels: int,
        cls_channels: int = 128,
        cls_dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conv_pred = nn.Conv2d(
            self.conv_pred.in_channels,
            self.num_anchors * 5,
            1,
            bias=self.prior_prob is not None,
        )
        self.class_branch = ClassBranch(
            cls_in_channels, self.num_classes, cls_channels, cls_dropout
        )

    def forward(self, x: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Return the raw map ``(B, A * (5 + K), H, W)``."""
        boxes = self.conv_pred(x[0]).unflatten(1, (self.num_anchors, 5))
        classes = self.class_branch(x[1])[:, None]
        classes = classes.expand(-1, self.num_anchors, -1, -1, -1)
        return (torch.cat([boxes, classes], dim=2).flatten(1, 2),)


class ClassBranch(nn.Module):
    """Class logits ``(B, K, H, W)`` of a map ``(B, C, H, W)``.

    Args:
        in_channels: Channels C of the map.
        num_classes: Classes K.
        channels: Hidden channels.
        dropout: Share of hidden channels dropped.
    """

    def __init__(
        self, in_channels: int, num_classes: int, channels: int, dropout: float
    ) -> None:
        super().__init__()
        #: Outputs of ``conv_cls`` per anchor, which tells fine-tuning what they are.
        self.cls_out_channels = num_classes
        self.hidden = nn.Sequential(
            ConvModule(in_channels, channels, 3, padding=1, norm_cfg={"type": "BN"}),
            nn.Dropout2d(dropout),
        )
        self.conv_cls = nn.Conv2d(channels, num_classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.conv_cls(self.hidden(x))
        return logits
