"""Score live detection on videos with ground truth: eval_live.py GT CHECKPOINT [...].

Streams each video of a split, frame by frame as tools/predict.py does, once for each
stride, and shows what the stride costs: frame-mAP and video-mAP of the live tubes (IoU
0.5), how many actions were reported, how many reports fit no action, the median delay
of a report after the start of its action, and the time per frame.

With --live, --latency-ms or --fps-machine the videos also come live: the network looks
at the newest frame each time it is free, and each frame is compared with what was known
when it came (streaming accuracy).
"""

import argparse
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stal_plugin.engine.cli import (
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.files.output_files import check_outputs

SCORES = ("frame-mAP", "video-mAP", "found", "false", "delay, s")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("truth", metavar="GT", type=Path, help="annotations.csv; its json beside it")
    add(
        "checkpoints",
        metavar="CHECKPOINT",
        nargs="+",
        help="checkpoint file or exported network (.onnx); several are compared",
    )
    add("--config", help="for a checkpoint that carries none")
    add("--split", default="test", help="default: test")
    add("--strides", type=int, nargs="+", default=[1, 2, 4, 8])
    add("--device", help="default: the best there is")
    add("--precision", choices=["fp32", "amp", "auto"], help="default: fp32")
    add(
        "--engine",
        choices=["onnxruntime", "openvino"],
        help="what runs exported networks; default: onnxruntime",
    )
    add(
        "--score-thr",
        type=float,
        default=0.3,
        help="of the reported actions; frames and tubes are scored with all detections",
    )
    add("--live", action="store_true", help="also live, at this machine's speed")
    add(
        "--latency-ms",
        type=float,
        nargs="+",
        default=[],
        metavar="MS",
        help="also live, on a machine that needs so many milliseconds for a prediction",
    )
    add(
        "--fps-machine",
        type=float,
        nargs="+",
        default=[],
        metavar="FPS",
        help="the same, on a machine that makes so many predictions per second",
    )
    add(
        "--cpu-time",
        action="store_true",
        help="count this process's work instead of the time that passes: for a machine "
        "that does other work",
    )
    add("--plot", type=Path, metavar="PNG", help="live accuracy against speed")
    add("--out", type=Path, help="folder for the predictions of each stride")
    add_overwrite_argument(parser)
    add_debug_argument(parser)
    args = parser.parse_args()
    if args.plot and args.plot.suffix.lower() != ".png":
        parser.error(f"--plot {args.plot}: the name of a picture must end in .png")
    if min([*args.latency_ms, 0]) < 0 or min(args.fps_machine, default=1) <= 0:
        parser.error("--latency-ms must not be negative, --fps-machine must be above 0")
    given = [ms / 1000 for ms in args.latency_ms] + [1 / r for r in args.fps_machine]
    #: Of live runs, in seconds; None: as measured.
    args.latencies = [*([None] if args.live else []), *dict.fromkeys(given)]
    if args.plot and not args.latencies:
        parser.error("--plot needs --live, --latency-ms or --fps-machine")
    return args


@dataclass
class Curves:
    """Points of the plot, by the name of the network."""

    given: dict[str, list] = field(default_factory=dict)
    measured: dict[str, tuple] = field(default_factory=dict)


def live_cells(scores: Any, runs: list) -> tuple[float, list[str]]:
    """Return predictions per second, and cells of the table of live runs."""
    from stal_plugin.evaluation.live_schedule import mean_age

    spent = [run.schedule.finished - run.schedule.begun for run in runs]
    latency = float(np.concatenate(spent).mean())
    seen = sum(len(run.schedule.frames) for run in runs)
    every = sum(len(run.arrivals) for run in runs)
    ages = [mean_age(run.arrivals, run.schedule) for run in runs]
    return 1 / max(latency, 1e-6), [
        f"{1000 * latency:.1f}",
        f"{seen / every:.0%}",
        f"{1000 * np.nanmean(ages):.0f}",
        *scores.cells(),
    ]


@one_line_errors
def main() -> None:
    """Stream, evaluate, print tables."""
    args = parse_args()
    names = names_of(args.checkpoints)
    check_outputs(_files(args, names), (args.truth, *args.checkpoints), args.overwrite)
    from rich.console import Console

    from stal_plugin.annotations.annotation_json import header_from_json
    from stal_plugin.apis import ActionDetector
    from stal_plugin.apis.live_evaluation import LiveEvaluation
    from stal_plugin.apis.live_scoring import LiveScorer
    from stal_plugin.apis.load_model import is_exported

    header = header_from_json(args.truth.with_suffix(".json"))
    scorer = LiveScorer(header, args.truth, args.split)
    console = Console()
    tables: dict[str, Any] = {}
    curves = Curves()
    with tempfile.TemporaryDirectory() as folder, console.status("") as status:
        for name, checkpoint in zip(names, args.checkpoints, strict=True):
            exported = is_exported(checkpoint)
            det = ActionDetector(
                checkpoint,
                None if exported else args.config,
                args.device,
                score_thr=0.0,
                precision=args.precision or "fp32",
                engine=args.engine if exported else None,
            )
            evaluation = LiveEvaluation(
                *(det, scorer, args.truth.parent, args.score_thr),
                time.process_time if args.cpu_time else time.perf_counter,
            )
            tables = tables or new_tables(args, evaluation)
            for det.stride in args.strides:
                status.update(f"{name}, stride {det.stride}")
                add_rows(
                    args, evaluation, name, Path(args.out or folder), tables, curves
                )
    for key, table in tables.items():
        if key == "every" or args.latencies:
            console.print(table)
    if args.plot:
        from stal_plugin.visualization.speed_curve import plot_speed_curve

        rates = {header.videos[video].fps for video in scorer.index.names}
        fps = rates.pop() if len(rates) == 1 else None
        plot_speed_curve(args.plot, curves.given, curves.measured, fps)
        console.print(args.plot, highlight=False)


def new_tables(args: argparse.Namespace, evaluation: Any) -> dict[str, Any]:
    """Return the empty tables."""
    from rich.table import Table

    what = f"{len(evaluation.videos)} videos of split {args.split}"
    every = Table(title=f"{what} on {evaluation.det.device}")
    live = Table(title=f"{what}, live: what was known when each frame came")
    network = ["network"] if len(args.checkpoints) > 1 else []
    for column in (*network, "stride", *SCORES, "ms/frame"):
        every.add_column(column, justify="right")
    for column in (
        *(*network, "stride", "machine", "ms/prediction"),
        *("frames looked at", "mean age, ms", *SCORES),
    ):
        live.add_column(column, justify="right")
    return {"every": every, "live": live}


def add_rows(
    args: argparse.Namespace,
    evaluation: Any,
    name: str,
    folder: Path,
    tables: dict,
    curves: Curves,
) -> None:
    """Run one detector at one stride, and fill in the tables."""
    stride = evaluation.det.stride
    network = name if len(args.checkpoints) > 1 else ""
    first = [*filter(None, [network]), str(stride)]
    label = f"{name}, stride {stride}"
    scores, seconds = evaluation.frame_by_frame(folder / csv_name(network, stride, ""))
    tables["every"].add_row(*first, *scores.cells(), f"{1000 * seconds:.1f}")
    for latency in args.latencies:
        machine = machine_of(latency)
        csv = folder / csv_name(network, stride, machine)
        scores, runs = evaluation.live(csv, latency)
        rate, cells = live_cells(scores, runs)
        tables["live"].add_row(*first, machine, *cells)
        if latency is None:
            curves.measured[label] = (rate, scores.frame_map)
        elif latency:
            curves.given.setdefault(label, []).append((rate, scores.frame_map))


def names_of(checkpoints: list[str]) -> list[str]:
    """Return short names, each another one."""
    stems = [Path(checkpoint).stem for checkpoint in checkpoints]
    if len(set(stems)) == len(stems):
        return stems
    return [str(Path(c).with_suffix("")).replace("/", "_") for c in checkpoints]


def _files(args: argparse.Namespace, names: list[str]) -> list[Path]:
    """Files that will be written."""
    files = [args.plot] if args.plot else []
    if args.out is None:
        return files
    return files + [
        args.out / csv_name(name if len(names) > 1 else "", stride, ending)
        for name in names
        for stride in args.strides
        for ending in ("", *map(machine_of, args.latencies))
    ]


def csv_name(network: str, stride: int, machine: str) -> str:
    """Return the name of a file of predictions; parts that are empty are left out."""
    parts = (network, f"stride{stride}", machine.replace(" ", ""))
    return "_".join(filter(None, parts)) + ".csv"


def machine_of(latency: float | None) -> str:
    """Return what a machine is called."""
    return "this" if latency is None else f"{1000 * latency:.4g} ms"


if __name__ == "__main__":
    main()
