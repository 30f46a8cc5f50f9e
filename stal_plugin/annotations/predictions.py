"""Read and write ``predictions.csv``: detected boxes of a set of videos.

In memory they are a :class:`BoxTable`: 1-based frames, corners normalised by the
video's width and height (they may reach beyond the frame), scores and objectness.
"""

import csv
import os
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.box_file import evaluation_problems
from stal_plugin.annotations.csv_columns import read_columns
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.structures.box_table import BoxTable

#: Columns of the csv and their types.
COLUMNS: dict[str, type] = {
    **{"video_id": str, "frame": int},
    **{"x1": float, "y1": float, "x2": float, "y2": float},
    **{"action_id": int, "score": float, "objectness": float},
}
_FIX = (
    "Correct the file, or write it again with\n"
    "  python tools/test.py CONFIG CHECKPOINT --out PREDICTIONS.csv"
)


def write_predictions(path: str | os.PathLike, predictions: BoxTable) -> None:
    """Write predictions with a header line; the file is replaced in one step.

    Corners have 8 decimals; scores keep all digits of single precision, so that no
    ties arise.

    Args:
        path: The csv; its folder is made.
        predictions: What to write.

    Raises:
        ValueError: A row would not be read back. Nothing is written then.
    """
    path = Path(path)
    numbered = replace(predictions, origins=np.arange(len(predictions)))
    problems = evaluation_problems(numbered, path.name)
    raise_problems(path, problems, "Nothing was written.", unit="row")
    with (
        atomic_file(path) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(prediction_texts(predictions))


def check_predictions(predictions: BoxTable, annotation: Annotation) -> None:
    """Refuse predictions that were made with another annotation.

    Args:
        predictions: Of any frames.
        annotation: Videos and classes.

    Raises:
        ValueError: They name a video or hold an action that it does not have.
    """
    end = "the two files belong to different data. Test the run again"
    unknown = sorted(set(predictions.video_ids) - set(annotation.videos))
    if unknown:
        raise ValueError(
            f"the predictions name {len(unknown)} video(s) that the annotation does "
            f"not have, such as {unknown[0]!r}: {end}"
        )
    largest = int(predictions.labels.max(initial=0)) + 1
    if largest > len(annotation.classes):
        raise ValueError(
            f"the predictions hold action_id {largest}, but the annotation has "
            f"{len(annotation.classes)} classes: {end}"
        )


def read_predictions(path: str | os.PathLike) -> BoxTable:
    """Read and check predictions, rows in the order of the file.

    Args:
        path: The csv, with or without a header line.

    Returns:
        The predictions.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Names each faulty line, its value and what is allowed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no predictions at {path}. Make them with\n"
            f"  python tools/test.py CONFIG CHECKPOINT --out {shlex.quote(str(path))}"
        )
    columns, problems = read_columns(path, COLUMNS)
    raise_problems(path, problems, _FIX)
    predictions = BoxTable(
        frames=columns["frame"],
        boxes=np.stack([columns[name] for name in ("x1", "y1", "x2", "y2")], axis=1),
        labels=columns["action_id"] - 1,
        video_ids=columns["video_id"],
        scores=columns["score"],
        objectness=columns["objectness"],
        origins=columns["line"],
    )
    raise_problems(path, evaluation_problems(predictions, path.name), _FIX)
    return predictions


def prediction_texts(predictions: BoxTable) -> Iterator[tuple]:
    """Return the cells of each row, in the order of ``COLUMNS``."""
    corners = (map("{:.8f}".format, column) for column in predictions.boxes.T)
    return zip(
        predictions.video_ids,
        predictions.frames.tolist(),
        *corners,
        (predictions.labels + 1).tolist(),
        map("{:.9g}".format, predictions.scores),
        map("{:.9g}".format, predictions.objectness),
        strict=True,
    )
