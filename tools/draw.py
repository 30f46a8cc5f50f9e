"""Draw predictions beside the ground truth: contact sheet, video, AP per class.

Pictures of an earlier call in --out-dir are replaced, but never a file that is read.

With --grid also rows of consecutive key frames as in figures S1 and S2 of
arXiv:2012.08097, a row per model:

    python tools/draw.py annotations.csv yowo.csv --out-dir out --grid 4 \
        --name YOWO --also LinkNet=linknet.csv --also YOLOv3=yolov3.csv
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from stal_plugin.annotations import Annotation, read_annotation, read_predictions
from stal_plugin.annotations.annotation import splits_of
from stal_plugin.engine.cli import add_debug_argument, one_line_errors
from stal_plugin.evaluation.scores_file import read_scores
from stal_plugin.files.output_files import check_outputs
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.visualization import (
    PictureGrid,
    PredictionReport,
    SplitFrames,
    plot_class_ap,
)
from stal_plugin.visualization.prediction_report import file_name


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
    grid = parser.add_argument_group("grid.png")
    add = grid.add_argument
    add("--grid", type=int, default=0, metavar="PLACES", help="default: no grid.png")
    add("--grid-columns", type=int, default=6, help="frames in a row; default: 6")
    add("--grid-step", type=int, default=4, help="frames between them; default: 4")
    add("--name", help="of the first predictions; default: the file's name")
    add(
        "--also",
        type=_named_file,
        action="append",
        default=[],
        metavar="NAME=CSV",
        help="predictions of another model, drawn in the grid below the first ones",
    )
    add_debug_argument(parser)
    args = parser.parse_args()
    args.name = args.name or args.predictions.stem
    names = [args.name, *(name for name, _ in args.also)]
    if len(set(names)) < len(names):
        parser.error(f"names of the models {names} must differ")
    if args.also and not args.grid:
        parser.error("--also is drawn in the grid only: add --grid 4")
    return args


def _named_file(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=predictions.csv")
    return name, Path(path)


def draw_grid(
    args: argparse.Namespace, annotation: Annotation, first: SplitFrames
) -> Path:
    """Draw the same frames for each model."""
    models = {args.name: first}
    for name, path in args.also:
        models[name] = SplitFrames.build(annotation, read_predictions(path), args.split)
    grid = PictureGrid(
        annotation,
        models,
        args.annotation.parent,
        args.grid_columns,
        args.grid_step,
        args.score_thr,
    )
    path = args.out_dir / "grid.png"
    grid.write(path, args.grid)
    return path


def check_something_to_draw(
    annotation: Annotation, predictions: BoxTable, frames: SplitFrames, args: Any
) -> None:
    """Refuse predictions of which none is on the frames of the splits."""
    if len(frames.detections):
        return
    if not len(predictions):
        raise ValueError(f"{args.predictions} has no prediction, so nothing to draw")
    names = splits_of(annotation.videos)
    filled = [
        name
        for name in names
        if len(SplitFrames.build(annotation, predictions, [name]).detections)
    ]
    cure = f": choose --split {' '.join(filled)}" if filled else ""
    raise ValueError(
        f"none of the {len(predictions)} predictions is on a frame of split "
        f"{' '.join(args.split)}{cure}"
    )


def check_files(
    args: argparse.Namespace, annotation: Annotation, frames: SplitFrames
) -> None:
    """Refuse to draw over what is read, such as the videos."""
    root = args.annotation.parent
    videos = [root / annotation.videos[name].file for name in frames.videos]
    others = [path for _, path in args.also]
    read = [args.annotation, args.annotation.with_suffix(".json"), args.metrics]
    names = {"contact_sheet.png", "predictions.mp4", "grid.png", "class_ap.png"}
    if args.per_video:
        names |= {f"{file_name(name)}.mp4" for name in frames.videos}
    check_outputs(
        [args.out_dir / name for name in sorted(names)],
        [*read, args.predictions, *others, *videos],
        overwrite=True,
    )


@one_line_errors
def main() -> None:
    """Draw, and print the files that were written."""
    args = parse_args()
    annotation = read_annotation(args.annotation)
    predictions = read_predictions(args.predictions)
    frames = SplitFrames.build(annotation, predictions, args.split)
    check_something_to_draw(annotation, predictions, frames, args)
    check_files(args, annotation, frames)
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
    if args.grid:
        files.append(draw_grid(args, annotation, frames))
    if args.metrics:
        files.append(args.out_dir / "class_ap.png")
        per_class = read_scores(args.metrics).per_class
        plot_class_ap(files[-1], per_class, "frame-AP by class")
    for path in files:
        print(path)


if __name__ == "__main__":
    main()
