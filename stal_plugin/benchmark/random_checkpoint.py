"""A checkpoint of a network that has learnt nothing, to measure its speed."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from stal_plugin.registry import MODELS


def save_random_checkpoint(cfg: Config, path: str | Path, seed: int = 0) -> None:
    """Build a config's network and save it, untrained, with its config.

    Args:
        cfg: The whole config. Data that the network needs to be built (an annotation
            for K-means anchors) must be there.
        path: Where to.
        seed: Of the weights.
    """
    torch.manual_seed(seed)
    with DefaultScope.overwrite_default_scope(cfg.get("default_scope", "mmaction")):
        model = MODELS.build(cfg.model)
    meta = {"cfg": cfg.pretty_text, "dataset_meta": {}}
    torch.save({"meta": meta, "state_dict": model.state_dict()}, path)
