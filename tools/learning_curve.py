"""How many clips of each class do I need? Train with few of them and see.

    python tools/learning_curve.py data/mine --clips 1 2 5 10

For each number of clips and each seed: draw so many training videos of each class, set
the others aside, write a config (tools/new_config.py), train and test. The test videos
are always the same. Scores go to learning_curve.json, a table and a picture. A run that
is finished is not run again: start the command anew after an interruption, or with more
clips or seeds.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.tool_runs import run_tool
from rich.console import Console

from stal_plugin.annotations import Annotation, read_annotation, write_annotation
from stal_plugin.annotations.splits.few_clips import draw_few_clips
from stal_plugin.engine.checkpoints.last_checkpoint import last_intact_checkpoint
from stal_plugin.engine.cli import add_debug_argument, one_line_errors
from stal_plugin.evaluation.scores_file import read_scores
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.visualization.learning_curve import (
    CurvePoint,
    curve_table,
    plot_learning_curve,
)
from stal_plugin.wording import counted

SCORES = ("frame-mAP@0.5", "localization_recall", "classification_accuracy")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("dir", type=Path, help="data set with annotations.csv and .json, split")
    numbers: dict[str, Any] = {"type": int, "nargs": "+", "metavar": "N"}
    add("--clips", default=[1, 2, 5, 10], help="default: 1 2 5 10", **numbers)
    add("--seeds", default=[0, 1, 2], help="default: 0 1 2", **numbers)
    add("--model", choices=("mini", "full", "actor"), default="actor")
    add("--weights", metavar="DIR", help="of --model actor: see tools/predict.py")
    add("--out", type=Path, help="folder to write; default: work_dirs/<name>-curve")
    add_debug_argument(parser)
    args = parser.parse_args()
    args.out = args.out or Path("work_dirs", f"{args.dir.resolve().name}-curve")
    return args


def write_few(annotation: Annotation, source: Path, folder: Path) -> None:
    """Write a data set whose videos stay where they are."""
    root = os.path.relpath(source, folder)
    videos = {
        name: replace(video, file=Path(root, video.file).as_posix())
        for name, video in annotation.videos.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_annotation(replace(annotation, videos=videos), folder / "annotations.csv")


def run_once(args: argparse.Namespace, folder: Path, seed: int) -> None:
    """Write a config, train, test; a training that was broken off goes on."""
    config, log = folder / "config.py", folder / "log.txt"
    weights: list[str] = ["--weights", args.weights] if args.weights else []
    model = ["--model", args.model, "--overwrite", *weights]
    run_tool("new_config", folder, *model, log=log)
    place = ["--work-dir", str(folder / "run")]
    seeded = ["--cfg-options", f"randomness.seed={seed}"]
    run_tool("train", config, *place, "--resume", "auto", *seeded, log=log)
    checkpoint, _ = last_intact_checkpoint(folder / "run")
    out = ["--out", str(folder / "run" / "predictions.csv"), "--overwrite"]
    run_tool("test", config, str(checkpoint), *place, *out, *seeded, log=log)


def measure(
    args: argparse.Namespace, annotation: Annotation, clips: int, seed: int
) -> CurvePoint:
    """Scores after training with so many clips of each class."""
    few = draw_few_clips(annotation, clips, seed)
    train = sum("train" in video.splits for video in few.videos.values())
    folder = args.out / f"{clips}-clips-seed-{seed}"
    scores = folder / "run" / "metrics.json"
    if not scores.is_file():
        write_few(few, args.dir, folder)
        run_once(args, folder, seed)
    metrics = read_scores(scores).metrics
    return CurvePoint(clips, seed, train, {name: metrics[name] for name in SCORES})


def save(points: Sequence[CurvePoint], out: Path) -> None:
    """Write scores and picture."""
    with atomic_file(out / "learning_curve.json") as part:
        rows = [point.to_dict() for point in points]
        part.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    plot_learning_curve(points, out / "learning_curve.png")


@one_line_errors
def main() -> None:
    """Run what is missing, then show all."""
    args = parse_args()
    console = Console(highlight=False, emoji=False)
    annotation = read_annotation(args.dir / "annotations.csv")
    runs = [(n, seed) for n in sorted(set(args.clips)) for seed in args.seeds]
    points: list[CurvePoint] = []
    for number, (clips, seed) in enumerate(runs, 1):
        points.append(measure(args, annotation, clips, seed))
        save(points, args.out)
        newest = points[-1]
        console.print(
            f"{number}/{len(runs)}: {counted(clips, 'clip')} of each class, "
            f"seed {seed}, {counted(newest.videos, 'training video')}: frame-mAP@0.5 "
            f"{newest.scores[SCORES[0]]:.3f}"
        )
    console.print(curve_table(points))
    console.print(str(args.out / "learning_curve.png"), soft_wrap=True, markup=False)


if __name__ == "__main__":
    main()
