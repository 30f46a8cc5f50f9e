"""Non-maximum suppression for mmcv-lite: torchvision's where it is, else plain torch.

Can go: when mmcv-lite ships ``nms`` without compiled operators.
"""

import torch
from torch import Tensor

try:
    from torchvision.ops import nms as torchvision_nms
except (ImportError, OSError, RuntimeError):  # missing, or built for another torch
    torchvision_nms = None

_BLOCK = 1024


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Greedy NMS with the signature and result of ``mmcv._ext.nms``.

    Args:
        boxes: ``(N, 4)`` xyxy, pixels.
        scores: ``(N,)``.
        iou_threshold: A box is dropped if its IoU with a better kept box is larger.
        offset: 1 if a box of x1 = x2 is one pixel wide, else 0.

    Returns:
        Indices of the kept boxes, best first, ``(M,)`` int64.
    """
    if torchvision_nms is None or boxes.dtype not in (torch.float32, torch.float64):
        return plain_nms(boxes, scores, iou_threshold, offset)
    wider = boxes + boxes.new_tensor([0, 0, offset, offset])
    # In double precision 0.3 is less than the IoU 0.3 of two boxes in single.
    threshold = torch.tensor(iou_threshold, dtype=boxes.dtype).item()
    return torchvision_nms(wider, scores, threshold)


def plain_nms(
    boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int
) -> Tensor:
    """:func:`nms` in plain torch.

    Blocks of sorted boxes are compared with the boxes kept so far; inside a block
    the greedy result is the fixed point of "drop what a kept better box overlaps".
    Memory is linear in the number of boxes.
    """
    order = scores.argsort(descending=True, stable=True)
    kept = order[:0]
    for block in order.split(_BLOCK):
        alive = _not_covered(boxes[block], boxes[kept], iou_threshold, offset)
        block = block[alive]
        overlap = _iou(boxes[block], boxes[block], offset) > iou_threshold
        better = overlap.triu(1)  # better[i, j]: i is better than j and covers it
        keep = torch.ones(len(block), dtype=torch.bool, device=boxes.device)
        while True:
            updated = ~(better & keep[:, None]).any(0)
            if torch.equal(updated, keep):
                break
            keep = updated
        kept = torch.cat([kept, block[keep]])
    return kept


def _not_covered(
    candidates: Tensor, kept: Tensor, iou_threshold: float, offset: int
) -> Tensor:
    alive = torch.ones(len(candidates), dtype=torch.bool, device=candidates.device)
    for chunk in kept.split(_BLOCK):
        alive &= ~(_iou(chunk, candidates, offset) > iou_threshold).any(0)
    return alive


def _iou(first: Tensor, second: Tensor, offset: int) -> Tensor:
    top_left = torch.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    inter = (bottom_right - top_left + offset).clamp(min=0).prod(-1)
    areas = [(b[:, 2:] - b[:, :2] + offset).prod(-1) for b in (first, second)]
    return inter / (areas[0][:, None] + areas[1][None, :] - inter)
