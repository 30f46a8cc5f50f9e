"""What a config's network costs: parameters and multiply-adds."""

from typing import NamedTuple

import torch
from mmengine.config import Config
from torch.utils.flop_counter import FlopCounterMode

from stal_plugin.datasets.pipeline_steps import pipeline_steps
from stal_plugin.registry import MODELS


def clip_shape(cfg: Config) -> tuple[int, int, int]:
    """Read frames, height and width of the clips that a model is tested on.

    Args:
        cfg: A config with ``test_dataloader``.

    Returns:
        (T, H, W) from the last ``clip_len`` and ``scale`` of the pipeline; 0 for what
        no step tells.
    """
    frames, width, height = 0, 0, 0
    for step in pipeline_steps(cfg.test_dataloader.dataset.pipeline):
        frames = step.get("clip_len", frames)
        width, height = step.get("scale", (width, height))
    return frames, height, width


class ModelCost(NamedTuple):
    """Cost of a network on one clip.

    Attributes:
        clip: Frames, height and width of the clip.
        parameters: Number of learnt numbers; frozen ones count too.
        multiply_adds: Of convolutions and matrix products, for one clip.
    """

    clip: tuple[int, int, int]
    parameters: int
    multiply_adds: int


def model_cost(cfg: Config) -> ModelCost:
    """Build the network of a config and count, on a black clip of its test size.

    Args:
        cfg: A config with ``model`` and ``test_dataloader``.

    Raises:
        ValueError: If the test pipeline does not tell the size of a clip.
    """
    shape = clip_shape(cfg)
    if 0 in shape:
        raise ValueError(
            "the test pipeline has no step with clip_len and scale, so that the size "
            "of a clip is unknown"
        )
    try:
        return _count(cfg, shape, "meta")  # no numbers are computed, only shapes
    except RuntimeError:  # shapes that depend on values, as of detected boxes
        return _count(cfg, shape, "cpu")


def _count(cfg: Config, shape: tuple[int, int, int], device: str) -> ModelCost:
    with torch.device(device):
        model = MODELS.build(cfg.model)
        model.eval()
        clip = torch.zeros(1, 3, *shape)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model(clip, mode="tensor")
    parameters = sum(p.numel() for p in model.parameters())
    return ModelCost(shape, parameters, counter.get_total_flops() // 2)
