"""The head without anchors, with classes from the 3D map inside of each box."""

from collections.abc import Sequence
from typing import Any

from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from mmengine.model import bias_init_with_prob
from mmengine.structures import InstanceData
from torch import Tensor, nn

from stal_plugin.models.auxiliary_heads.box_class_head import BoxClassHead
from stal_plugin.models.dense_heads.decoding import yolox_rows
from stal_plugin.models.dense_heads.decoupled_head import DecoupledHead
from stal_plugin.models.dense_heads.detection_rules import ScoredBoxes, apply_rule
from stal_plugin.registry import MODELS


@MODELS.register_module()
class RoIClassDecoupledHead(DecoupledHead):
    """Boxes and objectness at each cell of each level, classes from the 3D map.

    ::

        map of each level -> convolutions -> box, objectness of each cell
        3D map            -> 3x3 samples in each box -> linear -> ReLU -> linear -> K

    :class:`DecoupledHead` without its convolutions for classes; these come as
    :class:`RoIClassYOWOHead` has them, and for its reasons. The neck passes the map
    on: ``MultiLevelCFAM(pass_on=(-1,))``.

    Args:
        cls_in_channels: Channels of the 3D map.
        cls_channels: Hidden channels.
        roi_size: Samples per side of a box.
        jitter: While training, a border of a box moves by up to this share of its
            size, as the borders of predicted boxes do.
        **kwargs: Of :class:`DecoupledHead`.

    Shape:
        input: a tuple of maps ``(B, C, H_i, W_i)`` and, last, the 3D map; output:
        tuples of boxes ``(B, 4, H_i, W_i)`` and of objectness ``(B, 1, H_i, W_i)``,
        and the 3D map as it came.

    Losses:
        ``loss_bbox``, ``loss_obj``: see :class:`DecoupledHead`; ``loss_cls``: mean over
        the ground-truth boxes.

    Reference:
        See :class:`DecoupledHead` and :class:`RoIClassYOWOHead`.
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
        # it has the class loss; a second one would be in every checkpoint
        self.class_head = BoxClassHead(
            self.num_classes,
            cls_in_channels,
            size=roi_size,
            channels=cls_channels,
            jitter=jitter,
            loss_cls=kwargs["loss_cls"],
        )
        del self.loss_cls, self.multi_level_cls_convs, self.multi_level_conv_cls

    def init_weights(self) -> None:
        """Start with objectness 0.01 everywhere, as mmdet's YOLOX does."""
        BaseDenseHead.init_weights(self)  # YOLOX's own fills the layers of its classes
        for conv in self.multi_level_conv_obj:
            nn.init.constant_(conv.bias, bias_init_with_prob(0.01))

    def forward(
        self, x: Sequence[Tensor]
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], Tensor]:
        """Return boxes and objectness of each level, and the map of the classes."""
        *levels, class_map = x
        features = [
            convs(level)
            for convs, level in zip(self.multi_level_reg_convs, levels, strict=True)
        ]
        boxes, objectness = (
            tuple(conv(f) for conv, f in zip(convs, features, strict=True))
            for convs in (self.multi_level_conv_reg, self.multi_level_conv_obj)
        )
        return boxes, objectness, class_map

    def loss_by_feat(  # type: ignore[override]
        self,
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor],
        class_map: Tensor,
        batch_gt_instances: Sequence[InstanceData],
        batch_img_metas: Sequence[dict],
        batch_gt_instances_ignore: Sequence[InstanceData] | None = None,
    ) -> dict[str, Tensor]:
        """Losses of a batch, from the output of :meth:`forward`."""
        rows = yolox_rows(self, bbox_preds, objectnesses)
        matched, boxes, _ = self._matched(rows, batch_gt_instances)
        losses = self._box_losses(rows, matched, boxes)
        size = batch_img_metas[0]["img_shape"][:2]
        loss = self.class_head.summed_loss(class_map, batch_gt_instances, size)
        actors = sum(len(truth.bboxes) for truth in batch_gt_instances)
        losses["loss_cls"] = loss / max(actors, 1)
        return losses

    def predict_by_feat(  # type: ignore[override]
        self,
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor],
        class_map: Tensor,
        batch_img_metas: Sequence[dict],
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Detections of each clip, from the output of :meth:`forward`."""
        decoded = self.decode(bbox_preds, objectnesses, class_map)
        return apply_rule(
            self.detection_rule, decoded, self.rule_cfg, batch_img_metas, rescale
        )

    def decode(  # type: ignore[override]
        self,
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor],
        class_map: Tensor,
    ) -> ScoredBoxes:
        """Boxes of all cells of all levels; this can be exported."""
        rows = yolox_rows(self, bbox_preds, objectnesses)
        stride_x, stride_y = self.prior_generator.strides[0]
        height, width = bbox_preds[0].shape[-2:]
        size = (height * stride_y, width * stride_x)
        probs = self.class_head.probabilities(
            class_map, rows.boxes, size, self.multilabel
        )
        return ScoredBoxes(rows.boxes, rows.objectness.sigmoid(), probs)
