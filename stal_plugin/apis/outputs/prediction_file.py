"""``predictions.csv``, written as the results come in."""

import csv
from os import PathLike
from pathlib import Path

import numpy as np

from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.datasets.formats.predictions import (
    COLUMNS,
    Predictions,
    prediction_texts,
)


class PredictionFile:
    """``predictions.csv``, written as the results come in.

    ``tools/eval_csv.py`` and ``tools/draw.py`` read it.

    Args:
        path: The csv; it is replaced, its folder is made.
        video_id: What stands in the first column.
    """

    def __init__(self, path: str | PathLike, video_id: str) -> None:
        self.path = Path(path)
        self.video_id = video_id
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="utf-8", newline="", buffering=1)
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, result: FrameResult) -> None:
        """Append the rows of a frame."""
        height, width = result.image.shape[:2]
        count = len(result)
        rows = Predictions(
            np.full(count, self.video_id, dtype=object),
            np.full(count, result.frame, np.int64),
            result.boxes.astype(np.float64) / (width, height, width, height),
            result.labels + 1,
            result.scores,
            result.objectness,
        )
        self._writer.writerows(prediction_texts(rows))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
