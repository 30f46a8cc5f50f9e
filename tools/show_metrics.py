"""Print the result of a run in one line, and where its files are."""

import argparse
from pathlib import Path

from stal_plugin.engine.cli import one_line_errors
from stal_plugin.evaluation.last_test import scores_of
from stal_plugin.evaluation.scores_file import read_scores


@one_line_errors
def main() -> None:
    """Read ``metrics.json`` of a work dir."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work_dir", type=Path)
    work_dir = parser.parse_args().work_dir
    path = scores_of(work_dir)
    if not path.is_file():
        parser.error(f"{path} does not exist; run tools/test.py with --out first")
    metrics = read_scores(path).metrics
    files = sorted(
        p.name
        for p in work_dir.iterdir()
        if p.suffix in {".png", ".mp4", ".csv", ".html"}
    )
    print(f"Files in {work_dir}: metrics.json {' '.join(files)}")
    print(
        f"frame-mAP@0.5 = {metrics['frame-mAP@0.5']:.3f}  "
        f"localization recall = {metrics['localization_recall']:.3f}  "
        f"classification accuracy = {metrics['classification_accuracy']:.3f}"
    )


if __name__ == "__main__":
    main()
