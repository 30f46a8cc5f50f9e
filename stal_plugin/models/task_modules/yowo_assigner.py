"""Which anchor answers for which ground truth, as in YOLOv2 and YOWO."""

from typing import NamedTuple

import torch
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor

from stal_plugin.registry import TASK_UTILS


class YOWOTargets(NamedTuple):
    """Assignment of a batch; P = N minus collisions.

    Attributes:
        batch_inds: Clip of each matched prior, ``(P,)``.
        prior_inds: Index of the prior within its clip, ``(P,)``.
        gt_inds: Index of its ground truth among all N of the batch, ``(P,)``.
        ignored: ``(B, H * W * A)`` bool: not to be taught "no object" (matched
            priors are always False here).
    """

    batch_inds: Tensor
    prior_inds: Tensor
    gt_inds: Tensor
    ignored: Tensor


def shape_iou(sizes: Tensor, others: Tensor) -> Tensor:
    """IoU of boxes that share their centre.

    Args:
        sizes: ``(N, 2)`` w, h.
        others: ``(A, 2)`` w, h in the same unit.

    Returns:
        ``(N, A)``.
    """
    inter = torch.minimum(sizes[:, None], others[None]).prod(-1)
    return inter / (sizes.prod(-1)[:, None] + others.prod(-1)[None] - inter)


def match_priors(
    boxes: Tensor,
    anchor_sizes: Tensor,
    stride: tuple[int, int],
    featmap_size: tuple[int, int],
) -> Tensor:
    """Index of the prior of each box: cell of its centre, anchor of most similar shape.

    Args:
        boxes: ``(N, 4)`` xyxy, pixels.
        anchor_sizes: ``(A, 2)`` w, h, pixels.
        stride: Pixels per cell (x, y).
        featmap_size: Cells (H, W).

    Returns:
        ``(N,)`` index into priors ordered row, column, anchor.
    """
    height, width = featmap_size
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 / boxes.new_tensor(stride)
    column = centres[:, 0].long().clamp(0, width - 1)
    row = centres[:, 1].long().clamp(0, height - 1)
    anchor = shape_iou(boxes[:, 2:] - boxes[:, :2], anchor_sizes).argmax(dim=1)
    return (row * width + column) * len(anchor_sizes) + anchor


@TASK_UTILS.register_module()
class YOWOAssigner:
    """Assign each ground truth to one prior; ignore other predictions that fit well.

    Of two ground truths that want the same prior the later one gets it, as in
    YOLOv2.

    Args:
        ignore_iou_thr: A prediction whose IoU with any ground truth of its clip is
            larger is not taught "no object".

    Reference:
        YOLO9000, section 2; YOWO's region loss.
    """

    def __init__(self, ignore_iou_thr: float = 0.6) -> None:
        self.ignore_iou_thr = ignore_iou_thr

    def assign(
        self,
        pred_boxes: Tensor,
        gt_boxes: list[Tensor],
        anchor_sizes: Tensor,
        stride: tuple[int, int],
        featmap_size: tuple[int, int],
    ) -> YOWOTargets:
        """Assign a batch.

        Args:
            pred_boxes: ``(B, H * W * A, 4)`` decoded predictions, xyxy pixels.
            gt_boxes: Per clip ``(N_b, 4)`` xyxy pixels.
            anchor_sizes: ``(A, 2)`` w, h, pixels.
            stride: Pixels per cell (x, y).
            featmap_size: Cells (H, W).
        """
        num_clips, num_priors = pred_boxes.shape[:2]
        boxes = torch.cat(gt_boxes)
        counts = torch.tensor([len(b) for b in gt_boxes], device=boxes.device)
        batch_inds = torch.arange(num_clips, device=boxes.device)
        batch_inds = batch_inds.repeat_interleave(counts)
        prior_inds = match_priors(boxes, anchor_sizes, stride, featmap_size)
        gt_inds = _last_of_each(batch_inds * num_priors + prior_inds)
        batch_inds, prior_inds = batch_inds[gt_inds], prior_inds[gt_inds]
        ignored = self._fits_well(pred_boxes, gt_boxes)
        ignored[batch_inds, prior_inds] = False
        return YOWOTargets(batch_inds, prior_inds, gt_inds, ignored)

    def _fits_well(self, pred_boxes: Tensor, gt_boxes: list[Tensor]) -> Tensor:
        # Padding boxes of zero size overlap nothing.
        padded = torch.nn.utils.rnn.pad_sequence(gt_boxes, batch_first=True)
        if padded.shape[1] == 0:
            return pred_boxes.new_zeros(pred_boxes.shape[:2], dtype=torch.bool)
        overlaps = bbox_overlaps(pred_boxes, padded.to(pred_boxes.dtype))
        fits: Tensor = overlaps.amax(dim=-1) > self.ignore_iou_thr
        return fits


def _last_of_each(keys: Tensor) -> Tensor:
    """Positions of the last occurrence of each distinct key, in order of keys."""
    order = keys.argsort(stable=True)
    ordered = keys[order]
    is_last = torch.ones_like(ordered, dtype=torch.bool)
    is_last[:-1] = ordered[1:] != ordered[:-1]
    return order[is_last]
