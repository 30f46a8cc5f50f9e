"""Draw predictions beside the ground truth: contact sheet, video, AP per class."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from stal_plugin.datasets.formats import read_annotation, read_predictions
from stal_plugin.visualization import PredictionReport, SplitFrames, plot_class_ap


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("annotation", type=Path, help="annotations.csv")
    parser.add_argument("predictions", type=Path, help="csv that tools/test.py wrote")
    parser.add_argument("--out-dir", type=Path, required=True)
    parser.add_argument("--split", nargs="+", default=["test"], help="default: test")
    parser.add_argument("--score-thr", type=float, default=0.3, help="default: 0.3")
    parser.add_argument("--frames", type=int, default=24, help="on the contact sheet")
    parser.add_argument("--max-videos", type=int, default=4, help="in the mp4; 0: none")
    parser.add_argument("--per-video", action="store_true", help="one mp4 per video")
    parser.add_argument(
        "--metrics", type=Path, help="metrics.json: also draw the AP of each class"
    )
    return parser.parse_args()


def main() -> None:
    """Draw, and print the files that were written."""
    args = parse_args()
    annotation = read_annotation(args.annotation)
    frames = SplitFrames.build(
        annotation, read_predictions(args.predictions), args.split
    )
    if frames.num_outside:
        print(
            f"{frames.num_outside} predictions are not on frames of {args.split}",
            file=sys.stderr,
        )
    columns = Progress.get_default_columns()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        report = PredictionReport(
            annotation, frames, args.annotation.parent, args.score_thr, progress
        )
        files = report.write(args.out_dir, args.frames, args.max_videos, args.per_video)
    if args.metrics:
        content = json.loads(args.metrics.read_text(encoding="utf-8"))
        files.append(args.out_dir / "class_ap.png")
        plot_class_ap(files[-1], content["per_class"], "frame-AP by class")
    for path in files:
        print(path)


if __name__ == "__main__":
    try:
        main()
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"error: {error}")
