"""RoIAlign of boxes of several clips: torchvision's where it is, else plain torch."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

try:
    from torchvision.ops import roi_align as torchvision_roi_align
except (ImportError, OSError, RuntimeError):  # missing, or built for another torch
    torchvision_roi_align = None

#: Samples per part and side, unless told otherwise.
SAMPLES = 2


def roi_align(
    features: Tensor,
    boxes: Sequence[Tensor],
    image_size: tuple[int, int],
    size: int,
    samples: int = SAMPLES,
) -> Tensor:
    """Average a map over the parts of boxes.

    A box is cut into ``size x size`` parts, and each part is the mean of ``samples x
    samples`` bilinear samples. The map covers the image exactly, and its values belong
    to the middles of its cells (``aligned=True`` of torchvision). Beyond the outermost
    middles the map goes on as it ends; torchvision's has zeros more than a cell beyond
    them, so that plain torch serves boxes that reach out of the image.

    Args:
        features: ``(B, C, H, W)``.
        boxes: Per clip ``(N_b, 4)`` xyxy, pixels of the image.
        image_size: Pixels (h, w) that the map covers.
        size: Parts S per side.
        samples: Samples per part and side.

    Returns:
        ``(N, C, S, S)`` float32, the boxes of all clips in order.

    Reference:
        He et al., Mask R-CNN (ICCV 2017), section 3.
    """
    features = features.float()
    height, width = image_size
    limit = features.new_tensor([width, height, width, height])
    boxes = [box.float() / limit for box in boxes]
    every = torch.cat(boxes)
    if torchvision_roi_align is None or not ((every >= 0) & (every <= 1)).all():
        return plain_roi_align(features, boxes, size, samples)
    rows, columns = features.shape[-2:]
    cells = features.new_tensor([columns, rows, columns, rows])
    parts: Tensor = torchvision_roi_align(
        features,
        [box * cells for box in boxes],
        size,
        sampling_ratio=samples,
        aligned=True,
    )
    return parts


def plain_roi_align(
    features: Tensor, boxes: Sequence[Tensor], size: int, samples: int
) -> Tensor:
    """:func:`roi_align` in plain torch, of boxes from 0 to 1 of the image."""
    counts = torch.tensor([len(b) for b in boxes], device=features.device)
    padded = pad_sequence(list(boxes), batch_first=True)
    if padded.shape[1] == 0:
        return features[:0, :, :1, :1].expand(-1, -1, size, size)
    parts = parts_of_boxes(features, padded, size, samples)
    real = torch.arange(padded.shape[1], device=counts.device) < counts[:, None]
    return parts[real]


def parts_of_boxes(
    features: Tensor, boxes: Tensor, size: int, samples: int = 1
) -> Tensor:
    """:func:`roi_align` of equally many boxes per clip; it can be exported.

    Args:
        features: ``(B, C, H, W)``.
        boxes: ``(B, M, 4)`` xyxy, from 0 to 1 of the image.
        size: Parts S per side.
        samples: Samples per part and side.

    Returns:
        ``(B, M, C, S, S)``.
    """
    points = size * samples
    step = (torch.arange(points, device=features.device) + 0.5) / points
    low, high = boxes[..., :2], boxes[..., 2:]
    # (B, M, points, 2), then from [0, 1] to the [-1, 1] of grid_sample
    line = (low[:, :, None] + step[:, None] * (high - low)[:, :, None]) * 2 - 1
    x = line[:, :, None, :, 0].expand(-1, -1, points, -1)
    y = line[:, :, :, None, 1].expand(-1, -1, -1, points)
    grid = torch.stack([x, y], dim=-1).flatten(1, 2)
    values = F.grid_sample(features, grid, padding_mode="border", align_corners=False)
    # as pooling, which runtimes of exported networks have a fast form of
    pooled = F.avg_pool2d(values, samples)  # (B, C, M * S, S)
    return pooled.unflatten(2, (-1, size)).transpose(1, 2)
