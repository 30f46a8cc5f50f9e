"""Draw what a test has written: predictions beside the truth, heatmaps."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from rich.progress import Progress
from torch import nn

from stal_plugin.annotations import read_annotation, read_predictions
from stal_plugin.engine.heatmap_recorder import HeatmapRecorder
from stal_plugin.engine.hooks.keyframe_visualization_hook import draw_sample
from stal_plugin.engine.hooks.sample_seed_hook import unwrap_datasets
from stal_plugin.visualization import (
    PredictionReport,
    SplitFrames,
    add_caption,
    contact_sheet,
    write_png,
)

_COLUMNS, _SCORE_THR = 4, 0.3  # of the sheet of heatmaps


def draw_predictions(dataset: Any, csv_path: str, out_dir: str) -> list[Path]:
    """Draw a contact sheet and a video of the test set's predictions.

    Args:
        dataset: ``stal_plugin.STALDataset`` or one that wraps it.
        csv_path: Predictions that the test has written.
        out_dir: Folder for the files.

    Returns:
        The files.

    Raises:
        ValueError: If there is no such dataset inside.
    """
    tested = [d for d in unwrap_datasets(dataset) if hasattr(d, "splits")]
    if not tested:
        raise ValueError(
            "--show-dir needs a test dataset of type 'stal_plugin.AgotDataset' or "
            f"'stal_plugin.STALDataset', this config has '{type(dataset).__name__}'"
        )
    annotation = read_annotation(tested[0].ann_file)
    frames = SplitFrames.build(annotation, read_predictions(csv_path), tested[0].splits)
    with Progress() as progress:
        report = PredictionReport(
            annotation, frames, Path(tested[0].ann_file).parent, progress=progress
        )
        return report.write(Path(out_dir))


def draw_heatmaps(
    model: nn.Module, dataset: Any, path: Path, count: int = 12
) -> list[Path]:
    """Draw key frames with heatmaps, predictions and ground truth on one sheet.

    Args:
        model: In evaluation mode; with a ``Center3DHead`` somewhere inside.
        dataset: The test set with its pipeline, a ``stal_plugin.STALDataset`` or what
            wraps one.
        path: The PNG.
        count: Most frames, spread evenly over those with ground truth.

    Returns:
        The file; nothing if the model has no heatmaps.
    """
    with HeatmapRecorder(model) as recorder:
        if not recorder.has_head:
            return []
        dataset = next(d for d in unwrap_datasets(dataset) if hasattr(d, "splits"))
        indices = _spread_samples(dataset, count)
        tiles = [_tile(model, dataset, i, recorder) for i in indices]
    classes = dataset.metainfo["classes"]
    heading = "heatmaps, hottest of all; solid: prediction, dashed: ground truth"
    write_png(path, contact_sheet(tiles, _COLUMNS, heading, classes))
    return [path]


def _spread_samples(dataset: Any, count: int) -> list[int]:
    """Choose samples with ground truth; of a test set without any, any samples."""
    labelled = [i for i in range(len(dataset)) if dataset.get_cat_ids(i)]
    indices = np.array(labelled or range(len(dataset)))
    count = min(count, len(indices))
    middles = (2 * np.arange(count) + 1) / (2 * count)
    return indices[(middles * len(indices)).astype(int)].tolist()


def _tile(
    model: Any, dataset: Any, index: int, recorder: HeatmapRecorder
) -> np.ndarray:
    batch = pseudo_collate([dataset[index]])
    with torch.no_grad():
        (sample,) = model.test_step(batch)
    maps = recorder.key_frame_heatmaps(1)
    drawn = draw_sample(
        batch["inputs"][0],
        sample,
        dataset.metainfo["classes"],
        _SCORE_THR,
        None if maps is None else maps[0],
    )
    return add_caption(drawn, sample.video_id, f"  {sample.frame}")
