"""Small steps of Center3D's first stage."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.structures import InstanceData
from torch import Tensor, nn


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
