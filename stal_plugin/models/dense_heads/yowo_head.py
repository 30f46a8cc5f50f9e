"""YOWO's anchor head: one 1x1 convolution, YOLOv2's targets and losses."""

import math

import torch
from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from mmdet.structures.bbox import bbox_overlaps
from mmengine.structures import InstanceData
from torch import Tensor, nn

from stal_plugin.models.dense_heads.anchor_predictions import AnchorPredictions
from stal_plugin.models.dense_heads.anchor_warmup import AnchorWarmup, unmatched_priors
from stal_plugin.models.dense_heads.detection_rules import (
    DEFAULT_BOXES_CFG,
    ScoredBoxes,
    apply_rule,
)
from stal_plugin.models.dense_heads.loss_facts import (
    check_activation,
    compares_decoded_boxes,
)
from stal_plugin.models.task_modules.yowo_assigner import YOWOTargets
from stal_plugin.registry import MODELS, TASK_UTILS

#: Weights of the four parts of the loss in YOWO.
YOWO_SCALES = {"coord": 1.0, "object": 5.0, "noobject": 1.0, "cls": 1.0}


@MODELS.register_module()
class YOWOHead(BaseDenseHead):
    """Predict boxes, objectness and classes at every anchor of one map.

    The channels of the map are, anchor by anchor, ``tx ty tw th objectness classes``.

    Args:
        num_classes: Classes K, without background.
        in_channels: Channels of the input map.
        prior_generator: Anchors, e.g. ``stal_plugin.KMeansAnchorGenerator``.
        loss_bbox: A loss of deltas (YOWO: smooth L1) or of boxes (``mmdet.CIoULoss``
            and other IoU losses).
        loss_obj: A loss of probabilities (YOWO: MSE) or, with ``use_sigmoid=True``,
            of logits. Its target at matched priors is the IoU of the prediction.
        loss_cls: A loss with mmdet's signature, e.g. ``stal_plugin.ENFLoss``. If it
            has ``activation``, that must agree with ``multilabel``.
        multilabel: Classes are independent (sigmoid, several labels per box) or
            exclusive (softmax, one label per box): loss, decoding and NMS follow.
        prior_prob: Initial objectness; adds a bias to the layer. None: YOWO's layer,
            which has none.
        train_cfg: ``assigner``, ``scales`` (see ``YOWO_SCALES``), ``reduction``:
            ``'mean'`` over the clips of the batch or ``'sum'`` as in YOWO,
            ``reg_decoded_bbox``: whether ``loss_bbox`` compares decoded boxes, xyxy in
            pixels, or deltas (not given: boxes if the loss is named after the IoU),
            and ``anchor_warmup``: for so many clips, see :class:`AnchorWarmup`; 0:
            none.
        test_cfg: ``score_thr``, ``nms`` (see :func:`suppress_detections`),
            ``nms_pre``, ``max_per_img``, and
            ``all_classes``: whether each class of a box that scores enough is a
            detection of its own, as frame-mAP wants it (always so in multilabel
            mode), or only the best one.

    Shape:
        input: a tuple of one map ``(B, C, H, W)``; output: a tuple of one map
        ``(B, A * (5 + K), H, W)``.

    Losses:
        ``loss_bbox``, ``loss_obj``, ``loss_cls``.

    Raises:
        ValueError: If activation and ``multilabel`` disagree, an unknown scale or
            reduction is given, or the strides of anchors and map differ.

    Reference:
        Redmon & Farhadi, YOLO9000 (CVPR 2017); Köpüklü et al., You Only Watch Once
        (arXiv:1911.06644).
    """

    detection_rule = "boxes"

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        prior_generator: dict,
        loss_bbox: dict,
        loss_obj: dict,
        loss_cls: dict,
        multilabel: bool = False,
        prior_prob: float | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.multilabel = multilabel
        self.prior_prob = prior_prob
        self.prior_generator = TASK_UTILS.build(prior_generator)
        self.bbox_coder = TASK_UTILS.build({"type": "mmdet.YOLOBBoxCoder"})
        self.loss_bbox = MODELS.build(loss_bbox)
        self.loss_obj = MODELS.build(loss_obj)
        self.loss_cls = MODELS.build(loss_cls)
        check_activation(self.loss_cls, multilabel)
        self._read_train_cfg(dict(train_cfg or {}))
        self.test_cfg = {**DEFAULT_BOXES_CFG, **(test_cfg or {})}
        self.num_anchors = self.prior_generator.num_base_priors[0]
        self.conv_pred = nn.Conv2d(
            in_channels,
            self.num_anchors * (5 + num_classes),
            1,
            bias=prior_prob is not None,
        )

    def _read_train_cfg(self, cfg: dict) -> None:
        self.assigner = TASK_UTILS.build(
            cfg.get("assigner") or {"type": "stal_plugin.YOWOAssigner"}
        )
        self.reg_decoded_bbox = compares_decoded_boxes(
            self.loss_bbox, cfg.get("reg_decoded_bbox")
        )
        self.scales = {**YOWO_SCALES, **cfg.get("scales", {})}
        self.reduction = cfg.get("reduction", "mean")
        samples = cfg.get("anchor_warmup", 0)
        self.warmup = AnchorWarmup(samples) if samples else None
        if set(self.scales) != set(YOWO_SCALES):
            raise ValueError(
                f"train_cfg.scales has {sorted(self.scales)}, allowed are "
                f"{sorted(YOWO_SCALES)}"
            )
        if self.reduction not in ("mean", "sum"):
            raise ValueError(
                f"train_cfg.reduction must be 'mean' or 'sum', got {self.reduction!r}"
            )

    def init_weights(self) -> None:
        """Start with objectness ``prior_prob`` everywhere, if it is given."""
        super().init_weights()
        if self.prior_prob is None or self.conv_pred.bias is None:
            return
        nn.init.normal_(self.conv_pred.weight, std=0.01)
        bias = torch.zeros_like(self.conv_pred.bias).view(self.num_anchors, -1)
        bias[:, 4] = -math.log((1 - self.prior_prob) / self.prior_prob)
        self.conv_pred.bias.data.copy_(bias.flatten())

    def forward(self, x: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the raw map."""
        return (self.conv_pred(x[0]),)

    def loss_by_feat(
        self,
        pred_map: Tensor,
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict],
        batch_gt_instances_ignore: list[InstanceData] | None = None,
    ) -> dict[str, Tensor]:
        """Losses of a batch, from the raw map ``(B, A * (5 + K), H, W)``."""
        self._check_stride(pred_map, batch_img_metas)
        pred = self._unpack(pred_map)
        targets = self._assign(pred, batch_gt_instances)
        losses = self._box_losses(pred, targets, batch_gt_instances)
        labels = torch.cat([gt.labels for gt in batch_gt_instances])
        losses["loss_cls"] = self.loss_cls(
            pred.class_logits[targets.batch_inds, targets.prior_inds],
            labels[targets.gt_inds],
            reduction_override="sum",
        )
        return self._reduce(losses, len(pred_map))

    def _assign(
        self, pred: AnchorPredictions, batch_gt_instances: list[InstanceData]
    ) -> YOWOTargets:
        base = self.prior_generator.base_anchors[0].to(pred.boxes.device)
        return self.assigner.assign(
            pred.boxes.detach(),
            [gt.bboxes for gt in batch_gt_instances],
            base[:, 2:] - base[:, :2],
            self.prior_generator.strides[0],
            pred.featmap_size,
        )

    def _box_losses(
        self,
        pred: AnchorPredictions,
        targets: YOWOTargets,
        batch_gt_instances: list[InstanceData],
    ) -> dict[str, Tensor]:
        boxes = torch.cat([gt.bboxes for gt in batch_gt_instances])[targets.gt_inds]
        matched = (targets.batch_inds, targets.prior_inds)
        return {
            "loss_bbox": self._bbox_loss(pred, matched, boxes),
            "loss_obj": self._objectness_loss(pred, targets, boxes),
        }

    def _reduce(self, losses: dict[str, Tensor], num_clips: int) -> dict[str, Tensor]:
        """Weigh the class loss and take the mean over clips, if that is asked for."""
        losses["loss_cls"] = self.scales["cls"] * losses["loss_cls"]
        divisor = num_clips if self.reduction == "mean" else 1
        return {name: loss / divisor for name, loss in losses.items()}

    def _bbox_loss(
        self, pred: AnchorPredictions, matched: tuple[Tensor, Tensor], boxes: Tensor
    ) -> Tensor:
        if self.reg_decoded_bbox:
            values, anchors, target = pred.boxes, pred.priors, boxes
        else:
            # an anchor in the middle of its cell
            values, anchors = pred.deltas, pred.deltas.new_tensor([0.5, 0.5, 0, 0])
            target = self.bbox_coder.encode(
                pred.priors[matched[1]], boxes, self.prior_generator.strides[0][0]
            )
        loss = values[matched].sum() * 0
        if len(boxes):
            loss = self.loss_bbox(values[matched], target, reduction_override="sum")
        if self.warmup is not None and self.warmup.advance(len(values)):
            others = unmatched_priors(values, anchors, matched)
            loss = loss + self.loss_bbox(*others, reduction_override="sum")
        return self.scales["coord"] * loss

    def _objectness_loss(
        self, pred: AnchorPredictions, targets: YOWOTargets, boxes: Tensor
    ) -> Tensor:
        matched = (targets.batch_inds, targets.prior_inds)
        target = torch.zeros_like(pred.objectness)
        weight = torch.full_like(pred.objectness, self.scales["noobject"])
        weight[targets.ignored] = 0
        overlaps = bbox_overlaps(pred.boxes[matched].detach(), boxes, is_aligned=True)
        target[matched] = overlaps.to(target.dtype)
        weight[matched] = self.scales["object"]
        on_logits = getattr(self.loss_obj, "use_sigmoid", False)
        values = pred.objectness if on_logits else pred.objectness.sigmoid()
        return self.loss_obj(
            values.flatten(),
            target.flatten(),
            weight.flatten(),
            reduction_override="sum",
        )

    def predict_by_feat(
        self,
        pred_map: Tensor,
        batch_img_metas: list[dict],
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Detections of each clip, from the raw map ``(B, A * (5 + K), H, W)``."""
        self._check_stride(pred_map, batch_img_metas)
        return apply_rule(
            self.detection_rule,
            self.decode(pred_map),
            self.rule_cfg,
            batch_img_metas,
            rescale,
        )

    @property
    def rule_cfg(self) -> dict:
        """Settings of the detection rule."""
        every = self.multilabel or self.test_cfg["all_classes"]
        return {**self.test_cfg, "all_classes": every}

    def decode(self, pred_map: Tensor) -> ScoredBoxes:
        """Boxes of all priors, from the raw map; this can be exported."""
        pred = self._unpack(pred_map)
        logits = pred.class_logits
        probs = logits.sigmoid() if self.multilabel else logits.softmax(dim=-1)
        return ScoredBoxes(pred.boxes, pred.objectness.sigmoid(), probs)

    def _check_stride(self, pred_map: Tensor, metas: list[dict]) -> None:
        height, width = pred_map.shape[-2:]
        stride_x, stride_y = self.prior_generator.strides[0]
        shape = tuple(metas[0]["img_shape"][:2])
        if shape != (height * stride_y, width * stride_x):
            raise ValueError(
                f"prior_generator.strides={[(stride_x, stride_y)]}, but an input of "
                f"{shape} pixels gives a map of {(height, width)} cells: set the "
                "stride to the output stride of the backbone"
            )

    def _unpack(self, pred_map: Tensor) -> AnchorPredictions:
        size = (int(pred_map.shape[-2]), int(pred_map.shape[-1]))
        shape = (pred_map.shape[0], self.num_anchors, -1, *size)
        values = pred_map.float().view(shape)
        values = values.permute(0, 3, 4, 1, 2).flatten(1, 3)
        deltas = torch.cat([values[..., :2].sigmoid(), values[..., 2:4]], dim=-1)
        priors = self.prior_generator.grid_priors([size], device=pred_map.device)[0]
        stride = self.prior_generator.strides[0][0]
        boxes = self.bbox_coder.decode(priors, deltas, stride)
        objectness, logits = values[..., 4], values[..., 5:]
        return AnchorPredictions(deltas, objectness, logits, priors, boxes, size)
