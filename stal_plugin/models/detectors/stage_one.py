"""Small steps of Center3D's first stage."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence


def frames_of(clips: Tensor) -> Tensor:
    """Turn ``(B, C, T, H, W)`` into ``(B * T, C, H, W)``, those of a clip in a row."""
    return clips.transpose(1, 2).flatten(0, 1)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Put a module into evaluation mode for a while."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)


def actors_of(truth: InstanceData) -> InstanceData:
    """Return ground truth in which every actor is of class 0."""
    actors = InstanceData(
        bboxes=truth.bboxes,
        labels=torch.zeros(
            len(truth.bboxes), dtype=torch.long, device=truth.bboxes.device
        ),
    )
    for name in ("keypoints", "keypoints_visible"):
        if name in truth:
            actors[name] = truth[name]
    return actors


def roi_sample(
    features: Tensor,
    boxes: Sequence[Tensor],
    image_size: tuple[int, int],
    size: int,
    samples: int = 2,
) -> Tensor:
    """Average a map over the parts of boxes, as RoIAlign does.

    A box is cut into ``size x size`` parts, and each part is the mean of ``samples x
    samples`` bilinear samples. The map covers the image exactly, and its values belong
    to the middles of its cells (``aligned=True`` of RoIAlign). Beyond the outermost
    middles the map goes on as it ends.

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
    channels = features.shape[1]
    counts = torch.tensor([len(b) for b in boxes], device=features.device)
    padded = pad_sequence([b.float() for b in boxes], batch_first=True)
    most = padded.shape[1]
    if most == 0:
        return features[:0, :, :1, :1].expand(-1, -1, size, size)
    points = size * samples
    step = (torch.arange(points, device=features.device) + 0.5) / points
    height, width = image_size
    limit = padded.new_tensor([width, height])
    low, high = padded[..., :2] / limit, padded[..., 2:] / limit
    # (B, M, points, 2), then from [0, 1] to the [-1, 1] of grid_sample
    line = (low[:, :, None] + step[:, None] * (high - low)[:, :, None]) * 2 - 1
    x = line[:, :, None, :, 0].expand(-1, -1, points, -1)
    y = line[:, :, :, None, 1].expand(-1, -1, -1, points)
    grid = torch.stack([x, y], dim=-1).flatten(1, 2)
    values = F.grid_sample(features, grid, padding_mode="border", align_corners=False)
    parts = values.view(len(features), channels, most, size, samples, size, samples)
    real = torch.arange(most, device=counts.device) < counts[:, None]
    return parts.mean(dim=(4, 6)).transpose(1, 2)[real]
