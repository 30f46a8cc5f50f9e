"""A head without anchors, for any number of levels, whose class loss is its own."""

from collections.abc import Sequence
from typing import Any

import torch
from mmdet.models.dense_heads import YOLOXHead
from mmdet.structures.bbox import bbox_overlaps
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads.decoding import (
    YoloxRows,
    decode_yolox,
    yolox_class_rows,
    yolox_rows,
)
from stal_plugin.models.dense_heads.detection_rules import (
    DEFAULT_BOXES_CFG,
    ScoredBoxes,
    apply_rule,
)
from stal_plugin.models.dense_heads.loss_facts import check_activation
from stal_plugin.models.host_scope import in_own_scope
from stal_plugin.registry import MODELS, TASK_UTILS

_ASSIGNER = {"type": "mmdet.DynamicSoftLabelAssigner", "topk": 13}


@MODELS.register_module()
class DecoupledHead(YOLOXHead):
    """Predict a box, objectness and classes at each cell of each level.

    The layers are those of ``mmdet.YOLOXHead``: boxes and objectness come from other
    convolutions than classes. Which cells learn an actor is decided anew in each step,
    by the boxes and the objectness that they predict (RTMDet's assigner, told one
    class): not by classes, which take longest to learn. Objectness learns the IoU of
    the prediction, at all cells; classes are learnt at the cells of an actor alone, so
    that they are no part of telling actors from background.

    Args:
        num_classes: Classes K, without background.
        in_channels: Channels of every level.
        strides: Pixels per cell of each level, fine to coarse.
        loss_bbox: A loss of boxes xyxy in pixels, e.g. ``mmdet.CIoULoss``.
        loss_obj: A loss of logits, e.g. ``mmdet.CrossEntropyLoss`` with
            ``use_sigmoid=True``.
        loss_cls: A loss with mmdet's signature, e.g. ``stal_plugin.ENFLoss``. If it
            has ``activation``, that must agree with ``multilabel``.
        multilabel: Classes are independent (sigmoid, several labels per box, as in
            AVA) or exclusive (softmax): loss, decoding and NMS follow.
        train_cfg: ``assigner``, default RTMDet's ``mmdet.DynamicSoftLabelAssigner``.
        test_cfg: As of ``YOWOHead``.
        **kwargs: Of ``mmdet.YOLOXHead``: ``feat_channels`` and ``stacked_convs``, the
            3x3 convolutions before each output, ``norm_cfg``, ``act_cfg``,
            ``use_depthwise``, ``init_cfg``.

    Shape:
        input: a tuple of maps ``(B, C, H_i, W_i)``; output: tuples of class logits
        ``(B, K, H_i, W_i)``, boxes ``(B, 4, H_i, W_i)``, objectness
        ``(B, 1, H_i, W_i)``.

    Losses:
        ``loss_bbox``, ``loss_obj``, ``loss_cls``: sums, divided by the number of cells
        with an actor.

    Raises:
        ValueError: Activation and ``multilabel`` disagree.

    Reference:
        Ge et al., YOLOX (arXiv:2107.08430); Lyu et al., RTMDet (arXiv:2212.07784),
        section 3.3.
    """

    detection_rule = "boxes"

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        strides: Sequence[int],
        loss_bbox: dict,
        loss_obj: dict,
        loss_cls: dict,
        multilabel: bool = False,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_classes,
            in_channels,
            strides=list(strides),
            loss_cls=loss_cls,
            loss_bbox=loss_bbox,
            loss_obj=loss_obj,
            loss_l1={"type": "mmdet.L1Loss"},  # not used
            **kwargs,
        )
        check_activation(self.loss_cls, multilabel)
        self.multilabel = multilabel
        self.rule_cfg = {**DEFAULT_BOXES_CFG, **(test_cfg or {})}
        self.rule_cfg["all_classes"] |= multilabel
        assigner = (train_cfg or {}).get("assigner") or _ASSIGNER
        self.assigner = TASK_UTILS.build(in_own_scope(assigner))

    def loss_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor],
        batch_gt_instances: Sequence[InstanceData],
        batch_img_metas: Sequence[dict],
        batch_gt_instances_ignore: Sequence[InstanceData] | None = None,
    ) -> dict[str, Tensor]:
        """Losses of a batch, from the maps of all levels."""
        rows = yolox_rows(self, bbox_preds, objectnesses)
        matched, boxes, labels = self._matched(rows, batch_gt_instances)
        losses = self._box_losses(rows, matched, boxes)
        losses["loss_cls"] = self.loss_cls(
            yolox_class_rows(self, cls_scores)[matched],
            labels,
            reduction_override="sum",
        ) / max(len(boxes), 1)
        return losses

    def _matched(
        self, rows: YoloxRows, batch_gt_instances: Sequence[InstanceData]
    ) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Clip and point of the M cells that learn an actor, its boxes and labels."""
        found = [
            self._assigned(rows, clip, truth)
            for clip, truth in enumerate(batch_gt_instances)
        ]
        matched = (
            torch.cat([torch.full_like(f[0], clip) for clip, f in enumerate(found)]),
            torch.cat([f[0] for f in found]),
        )
        boxes, labels = (torch.cat([f[i] for f in found]) for i in (1, 2))
        return matched, boxes, labels

    def _box_losses(
        self, rows: YoloxRows, matched: tuple[Tensor, Tensor], boxes: Tensor
    ) -> dict[str, Tensor]:
        """Losses of boxes and objectness, divided by the number of matched cells."""
        target = torch.zeros_like(rows.objectness)
        own = rows.boxes[matched]
        overlaps = bbox_overlaps(own.detach(), boxes, is_aligned=True)
        target[matched] = overlaps.to(target.dtype)
        bbox = (
            self.loss_bbox(own, boxes, reduction_override="sum")
            if len(boxes)
            else own.sum() * 0
        )
        objectness = self.loss_obj(
            rows.objectness.flatten(), target.flatten(), reduction_override="sum"
        )
        count = max(len(boxes), 1)
        return {"loss_bbox": bbox / count, "loss_obj": objectness / count}

    @torch.no_grad()
    def _assigned(
        self, rows: YoloxRows, clip: int, truth: InstanceData
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Points of a clip that learn an actor, its box and its labels at each."""
        points = rows.priors.clone()
        points[:, :2] += points[:, 2:] / 2  # the middles of the cells
        predictions = InstanceData(
            bboxes=rows.boxes[clip],
            scores=rows.objectness[clip][:, None],
            priors=points,
        )
        actors = InstanceData(
            bboxes=truth.bboxes,
            labels=torch.zeros(
                len(truth.bboxes), dtype=torch.long, device=truth.bboxes.device
            ),
        )
        actor = self.assigner.assign(predictions, actors).gt_inds
        index = (actor > 0).nonzero(as_tuple=True)[0]
        which = actor[index] - 1
        return index, truth.bboxes[which], truth.labels[which]

    def predict_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor],
        batch_img_metas: Sequence[dict],
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Detections of each clip, from the maps of all levels."""
        decoded = self.decode(cls_scores, bbox_preds, objectnesses)
        return apply_rule(
            self.detection_rule, decoded, self.rule_cfg, batch_img_metas, rescale
        )

    def decode(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor],
    ) -> ScoredBoxes:
        """Boxes of all cells of all levels; this can be exported."""
        maps = (cls_scores, bbox_preds, objectnesses)
        return decode_yolox(self, *maps, softmax=not self.multilabel)
