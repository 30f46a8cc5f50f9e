"""YOWO's head with classes from the 3D branch's map inside of each box."""

from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor, nn

from stal_plugin.models.auxiliary_heads.box_class_head import BoxClassHead
from stal_plugin.models.dense_heads.detection_rules import ScoredBoxes, apply_rule
from stal_plugin.models.dense_heads.yowo_head import YOWOHead
from stal_plugin.registry import MODELS


@MODELS.register_module()
class RoIClassYOWOHead(YOWOHead):
    """Boxes and objectness from the fused map, classes from the 3D map in each box.

    ::

        fused map  -> 1x1 conv -> tx ty tw th objectness, of each anchor
        3D map     -> 3x3 samples in each box -> linear -> ReLU -> linear -> K classes

    Where actions differ by motion, a class layer on the fused map learns the training
    clips by heart first: which actor does what at which place. The 3D map alone shows
    less of that; it is sampled where the actor is, and its gradient does not pass the
    fusion. Classes are learnt in the ground-truth boxes, with jittered borders, and
    predicted in the decoded ones. The neck passes the map on: ``CFAM(pass_on=(1,))``.

    Args:
        cls_in_channels: Channels of the 3D map.
        cls_channels: Hidden channels.
        roi_size: Samples per side of a box.
        jitter: While training, a border of a box moves by up to this share of its
            size, as the borders of predicted boxes do.
        kwargs: Of :class:`YOWOHead`.

    Shape:
        input: a tuple of two maps ``(B, C, H, W)``; output: the raw map
        ``(B, A * 5, H, W)`` and the second map as it came.

    Losses:
        Those of :class:`YOWOHead`.

    Reference:
        Girshick, Fast R-CNN (ICCV 2015) for classes from samples inside of boxes.
    """

    def __init__(
        self,
        *,
        cls_in_channels: int,
        cls_channels: int = 128,
        roi_size: int = 3,
        jitter: float = 0.25,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conv_pred = nn.Conv2d(
            self.conv_pred.in_channels,
            self.num_anchors * 5,
            1,
            bias=self.prior_prob is not None,
        )
        # it has the class loss; a second one would be in every checkpoint
        self.class_head = BoxClassHead(
            self.num_classes,
            cls_in_channels,
            size=roi_size,
            channels=cls_channels,
            jitter=jitter,
            loss_cls=kwargs["loss_cls"],
        )
        del self.loss_cls

    def forward(self, x: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Return the raw map of the boxes, and the map of the classes."""
        return self.conv_pred(x[0]), x[1]

    def loss_by_feat(  # type: ignore[override]
        self,
        pred_map: Tensor,
        class_map: Tensor,
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict],
        batch_gt_instances_ignore: list[InstanceData] | None = None,
    ) -> dict[str, Tensor]:
        """Losses of a batch, from the output of :meth:`forward`."""
        self._check_stride(pred_map, batch_img_metas)
        pred = self._unpack(pred_map)
        targets = self._assign(pred, batch_gt_instances)
        losses = self._box_losses(pred, targets, batch_gt_instances)
        losses["loss_cls"] = self.class_head.summed_loss(
            class_map, batch_gt_instances, batch_img_metas[0]["img_shape"][:2]
        )
        return self._reduce(losses, len(pred_map))

    def predict_by_feat(  # type: ignore[override]
        self,
        pred_map: Tensor,
        class_map: Tensor,
        batch_img_metas: list[dict],
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Detections of each clip, from the output of :meth:`forward`."""
        self._check_stride(pred_map, batch_img_metas)
        decoded = self.decode(pred_map, class_map)
        return apply_rule(
            self.detection_rule, decoded, self.rule_cfg, batch_img_metas, rescale
        )

    def decode(  # type: ignore[override]
        self, pred_map: Tensor, class_map: Tensor
    ) -> ScoredBoxes:
        """Boxes of all priors, from the output of :meth:`forward`."""
        pred = self._unpack(pred_map)
        height, width = pred.featmap_size
        stride_x, stride_y = self.prior_generator.strides[0]
        size = (height * stride_y, width * stride_x)
        probs = self.class_head.probabilities(
            class_map, pred.boxes, size, self.multilabel
        )
        return ScoredBoxes(pred.boxes, pred.objectness.sigmoid(), probs)
