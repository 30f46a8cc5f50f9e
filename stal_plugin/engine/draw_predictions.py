"""Draw what a test has written."""

from pathlib import Path
from typing import Any

from rich.progress import Progress

from stal_plugin.datasets.formats import read_annotation, read_predictions
from stal_plugin.engine.hooks.sample_seed_hook import unwrap_datasets
from stal_plugin.visualization import PredictionReport, SplitFrames


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
    found = [d for d in unwrap_datasets(dataset) if hasattr(d, "splits")]
    if not found:
        raise ValueError(
            "--show-dir needs a test dataset of type 'stal_plugin.AgotDataset' or "
            f"'stal_plugin.STALDataset', this config has '{type(dataset).__name__}'"
        )
    annotation = read_annotation(found[0].ann_file)
    frames = SplitFrames.build(annotation, read_predictions(csv_path), found[0].splits)
    with Progress() as progress:
        report = PredictionReport(
            annotation, frames, Path(found[0].ann_file).parent, progress=progress
        )
        return report.write(Path(out_dir))
