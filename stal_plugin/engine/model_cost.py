"""What a config's network costs: parameters and multiply-adds."""

from typing import NamedTuple

from mmengine.config import Config

from stal_plugin.datasets.pipeline_steps import clip_shape
from stal_plugin.registry import MODELS


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
    import torch  # here, so that the tools that print a cost start at once
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device(device):
        model = MODELS.build(cfg.model)
        model.eval()
        clip = torch.zeros(1, 3, *shape)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model(clip, mode="tensor")
    parameters = sum(p.numel() for p in model.parameters())
    return ModelCost(shape, parameters, counter.get_total_flops() // 2)
