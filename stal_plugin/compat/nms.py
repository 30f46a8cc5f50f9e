"""Non-maximum suppression for mmcv-lite: torchvision's where it is, else plain torch.

Can go: when mmcv-lite ships ``nms`` without compiled operators.
"""

import torch
from torch import Tensor

try:
    from torchvision.ops import nms as torchvision_nms
except (ImportError, OSError, RuntimeError):  # missing, or built for another torch
    torchvision_nms = None

_BLOCK = 128


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

    Blocks of sorted boxes drop the worse ones that they cover; inside a block the
    greedy result is the fixed point of "drop what a kept better box overlaps". Memory
    is linear in the number of boxes.
    """
    rest = scores.argsort(descending=True, stable=True)
    kept = [rest[:0]]
    while len(rest):
        block, rest = rest[:_BLOCK], rest[_BLOCK:]
        overlap = _iou(boxes[block], boxes[block], offset) > iou_threshold
        better = overlap.triu(1)  # better[i, j]: i is better than j and covers it
        keep = torch.ones(len(block), dtype=torch.bool, device=boxes.device)
        while True:
            updated = ~(better & keep[:, None]).any(0)
            if torch.equal(updated, keep):
                break
            keep = updated
        block = block[keep]
        kept.append(block)
        covered = _iou(boxes[block], boxes[rest], offset) > iou_threshold
        rest = rest[~covered.any(0)]
    return torch.cat(kept)


def _iou(first: Tensor, second: Tensor, offset: int) -> Tensor:
    """IoU of each pair, coordinate by coordinate: rows of two numbers are slow."""
    left, top, right, bottom = first.T.contiguous()[:, :, None]
    left2, top2, right2, bottom2 = second.T.contiguous()[:, None, :]
    width = torch.minimum(right, right2).sub_(torch.maximum(left, left2))
    height = torch.minimum(bottom, bottom2).sub_(torch.maximum(top, top2))
    inter = width.add_(offset).clamp_(min=0).mul_(height.add_(offset).clamp_(min=0))
    area = (right - left + offset) * (bottom - top + offset)
    area2 = (right2 - left2 + offset) * (bottom2 - top2 + offset)
    union = (area + area2).sub_(inter)
    return inter.div_(union)
