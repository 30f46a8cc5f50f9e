"""Real clips, to compare and to calibrate exported networks with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from torch import Tensor

from stal_plugin.apis.clip_ring import ClipRing
from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.apis.inference_config import InferenceConfig, find_test_pipeline
from stal_plugin.apis.sources import open_source
from stal_plugin.registry import DATASETS


def dataset_clips(cfg: Config, loader: str, count: int) -> Tensor:
    """Take clips from a data set, evenly, prepared as for testing.

    Args:
        cfg: The whole config.
        loader: ``'test_dataloader'`` or ``'train_dataloader'``.
        count: How many, N; fewer if the data set has fewer.

    Returns:
        ``(N, 3, T, H, W)``, not normalised.

    Raises:
        FileNotFoundError: The data are not there.
        ValueError: The config has no such data set, or it is empty.
    """
    settings = _innermost((cfg.get(loader) or {}).get("dataset") or {})
    if not settings:
        raise ValueError(f"the config has no {loader}.dataset to take clips from")
    pipeline = find_test_pipeline(cfg.to_dict())
    dataset = DATASETS.build(
        ConfigDict({**settings, "pipeline": pipeline, "test_mode": True})
    )
    if len(dataset) == 0:
        raise ValueError(f"the data set of {loader} is empty")
    chosen = np.linspace(0, len(dataset) - 1, min(count, len(dataset)))
    return torch.stack([dataset[int(index)]["inputs"] for index in np.rint(chosen)])


def video_clips(path: str | Path, config: InferenceConfig, count: int) -> Tensor:
    """Take clips from a video or a folder of images, evenly, prepared as for testing.

    Args:
        path: The video.
        config: What inference needs to know.
        count: How many, N; fewer if the video has fewer frames.

    Returns:
        ``(N, 3, T, H, W)``, not normalised.

    Raises:
        ValueError: The video has no frames, or is damaged.
    """
    pipeline = FramePipeline(config.pipeline, config.scope)
    ring = ClipRing(ClipSampling.of_pipeline(config.pipeline))
    source = open_source(str(path))
    clips: list[Tensor] = []
    step = max(1, (source.num_frames or count) // count)
    try:
        for index, frame in enumerate(source):
            inputs, _ = pipeline(frame.image, source.name, frame.number)
            ring.push(frame.number, inputs[:, 0])
            if (index + 1) % step == 0:
                clips.append(ring.clip()[0])
            if len(clips) == count:
                break
    finally:
        source.close()
    if not clips:
        raise ValueError(f"'{path}' has no frames")
    return torch.stack(clips)


def _innermost(dataset: Mapping[str, Any]) -> Mapping[str, Any]:
    """Data set inside of wrappers such as RepeatDataset."""
    while isinstance(dataset.get("dataset"), Mapping):
        dataset = dataset["dataset"]
    return dataset
