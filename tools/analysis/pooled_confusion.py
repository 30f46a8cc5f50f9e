"""What located actors are called, over several tested runs: folds of a config.

python tools/analysis/pooled_confusion.py work_dirs/weizmann-folds/yowo/*
python tools/analysis/pooled_confusion.py RUN... --plot confusion.png

Counts boxes as tools/report.py does for one run and adds the runs up.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stal_plugin.engine.cli import (
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.evaluation.last_test import predictions_of, scores_of
from stal_plugin.files.output_files import check_outputs
from stal_plugin.visualization.charts import save_figure
from stal_plugin.visualization.reports.confusion import (
    confusion_figure,
    confusion_matrix,
    largest_confusions,
)
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun


def pooled_confusion(runs: Sequence[EvaluatedRun]) -> np.ndarray:
    """Add up the confusions of several runs.

    Args:
        runs: With the same classes.

    Returns:
        ``(K + 1, K + 1)`` int64, see ``confusion_matrix``.

    Raises:
        ValueError: The classes differ.
    """
    classes = runs[0].classes
    for run in runs:
        if run.classes != classes:
            raise ValueError(
                f"{run.work_dir} has other classes than {runs[0].work_dir}"
            )
    matrices = [confusion_matrix(r.boxes.dets, r.boxes.gts, len(classes)) for r in runs]
    total: np.ndarray = np.sum(matrices, axis=0)
    return total


def confusion_lines(matrix: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Say how many boxes were found and named, and the most frequent mistakes.

    Args:
        matrix: ``(K + 1, K + 1)``.
        classes: K names.
    """
    boxes, right = int(matrix[:-1].sum()), int(np.trace(matrix[:-1, :-1]))
    lost = int(matrix[:-1, -1].sum())
    counts = [
        f"{boxes} boxes: {right} named rightly, {boxes - right - lost} wrongly, {lost} "
        f"not located; {int(matrix[-1].sum())} candidates on nobody"
    ]
    return counts + largest_confusions(matrix, classes)


@one_line_errors
def main() -> None:
    """Print the counts, draw the matrix."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work_dirs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--plot", type=Path, metavar="PNG")
    add_overwrite_argument(parser)
    add_debug_argument(parser)
    args = parser.parse_args()
    files = [of(run) for run in args.work_dirs for of in (predictions_of, scores_of)]
    check_outputs([args.plot], files, overwrite=args.overwrite)
    runs = [EvaluatedRun.read(folder) for folder in args.work_dirs]
    matrix = pooled_confusion(runs)
    print("\n".join(confusion_lines(matrix, runs[0].classes)))
    if args.plot:
        save_figure(args.plot, confusion_figure(matrix, runs[0].classes))


if __name__ == "__main__":
    main()
