"""How much an exported network differs from its original, on clips of real footage."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from torch import Tensor

from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.apis.sources import open_frames
from stal_plugin.engine.checkpoints.inference_config import (
    InferenceConfig,
    find_test_pipeline,
)
from stal_plugin.models.dense_heads.detection_rules import ScoredBoxes
from stal_plugin.models.task_modules.center_maps import CenterDetections
from stal_plugin.registry import DATASETS

#: Batches of these sizes in turn: the batch size of an exported network is free.
_BATCHES = (1, 3)


class Parity(NamedTuple):
    """Largest differences between two networks.

    Attributes:
        boxes: Of coordinates of boxes inside the picture, network pixels.
        scores: Of scores: objectness times class probability, or of peaks.
        num_clips: Clips that were compared.
    """

    boxes: float
    scores: float
    num_clips: int


@torch.no_grad()
def measure_parity(
    original: Callable[[Tensor], Any],
    exported: Callable[[Tensor], Any],
    clips: Tensor,
) -> Parity:
    """Run two networks on the same clips and compare what they decode.

    Args:
        original: Gives ``ScoredBoxes`` or ``CenterDetections`` of clips
            ``(B, 3, T, H, W)``, float32, 0 to 255.
        exported: The same.
        clips: ``(N, 3, T, H, W)``.
    """
    boxes, scores, start = [0.0], [0.0], 0
    limit = torch.tensor([clips.shape[-1], clips.shape[-2]] * 2, dtype=torch.float32)
    while start < len(clips):
        size = _BATCHES[len(boxes) % len(_BATCHES)]
        batch = clips[start : start + size].float()
        box, score = decoded_differences(original(batch), exported(batch), limit)
        boxes.append(box)
        scores.append(score)
        start += size
    return Parity(max(boxes), max(scores), len(clips))


def decoded_differences(
    first: ScoredBoxes | CenterDetections, second: Any, limit: Tensor
) -> tuple[float, float]:
    """Largest differences of boxes and of scores between two decoded outputs.

    Args:
        first: Of B pictures or clips.
        second: Of the same.
        limit: ``(4,)`` width and height of the network's input, twice.
    """
    # Detections are cut off at the border, so what is beyond does not count.
    one, two = (torch.minimum(f.boxes.clamp(min=0), limit) for f in (first, second))
    if isinstance(first, ScoredBoxes):
        scores = [f.objectness[..., None] * f.class_probs for f in (first, second)]
        return _largest(one - two), _largest(scores[0] - scores[1])
    pairs = [
        _peak_differences(first, second, one[clip], two[clip], clip)
        for clip in range(len(one))
    ]
    box, score = zip(*pairs, strict=True)
    return max(box), max(score)


def _peak_differences(
    first: CenterDetections, second: CenterDetections, one: Tensor, two: Tensor, b: int
) -> tuple[float, float]:
    """Compare each peak with the nearest of its class: equal scores may swap places.

    Peaks as weak as the weakest are left out: another may have taken their place.
    """
    strong = first.scores[b] > second.scores[b].min() + 1e-4
    distance = (one[strong][:, None] - two[None]).abs().amax(dim=-1)
    other = first.labels[b][strong][:, None] != second.labels[b][None]
    distance = distance.masked_fill(other, float("inf"))
    if len(distance) == 0:
        return 0.0, 0.0
    nearest, index = distance.min(dim=1)
    scores = first.scores[b][strong] - second.scores[b][index]
    return float(nearest.max()), _largest(scores)


def _largest(difference: Tensor) -> float:
    return float(difference.abs().max()) if difference.numel() else 0.0


def dataset_clips(cfg: Config, loader: str, count: int) -> Tensor:
    """Clips ``(N, 3, T, H, W)`` of one size, see :func:`dataset_inputs`."""
    return torch.stack(dataset_inputs(cfg, loader, count))


def dataset_inputs(cfg: Config, loader: str, count: int) -> list[Tensor]:
    """Take clips from a data set, evenly, prepared as for testing.

    Args:
        cfg: The whole config.
        loader: ``'test_dataloader'`` or ``'train_dataloader'``.
        count: How many, N; fewer if the data set has fewer.

    Returns:
        N of ``(3, T, H, W)``, not normalised.

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
    return [dataset[int(index)]["inputs"] for index in np.rint(chosen)]


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
    source = open_frames(str(path))
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
