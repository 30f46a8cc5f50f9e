"""Detect actions in videos, cameras or streams: predict.py SRC [SRC ...] CHECKPOINT.

Without a checkpoint of your own, --model names one that is put together of published
weights: predict.py SRC --model kinetics600 (docs/actor.md).

Several sources go through one network. Each has a name: that of its file, host and path
of its address, or NAME of NAME=SRC. In the names of outputs {name} stands for it, for
instance --json 'out/{name}.jsonl'. A source that fails does not stop the others.

Files that exist are replaced only with --overwrite. Those of a video file or folder are
written as NAME.part and get their names at the end, or when the run is stopped; those
of a live source grow under their own names, line by line. Ctrl-C ends every run with
complete files and status 130 (SIGTERM: 143), also a live one, which ends in no other
way. The status is never 0 if a source failed or gave no frame.
"""

import argparse
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from stal_plugin.engine.cli import (
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.engine.source_arguments import (
    add_model_arguments,
    add_source_arguments,
    check_model_files,
)
from stal_plugin.engine.stream_shard import StreamShard, wait_for_others
from stal_plugin.files.exported_files import files_of
from stal_plugin.files.output_files import check_outputs
from stal_plugin.files.stream_names import check_source, named_sources, output_files

#: What ``Outputs`` calls the files of --out, --json, --csv and --events.
KINDS = ("video", "json", "csv", "events")
#: Endings of checkpoints: with --model, such a name is a mistake.
_CHECKPOINTS = (".pth", ".pt", ".onnx")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="SRC",
        help="videos, folders of images, 0 (camera), rtsp://...; then the checkpoint, "
        "or what tools/export_onnx.py wrote",
    )
    add_model_arguments(parser)
    parser.add_argument("--out", metavar="MP4", type=Path, help="video with boxes")
    parser.add_argument("--json", metavar="JSONL", type=Path, help="a line per frame")
    parser.add_argument("--csv", type=Path, help="predictions as tools/test.py writes")
    parser.add_argument(
        "--events",
        metavar="JSONL",
        type=Path,
        help="a line per start and end of an action",
    )
    add_overwrite_argument(parser)
    parser.add_argument(
        "--append",
        action="store_true",
        help="of a live source: go on at the end of --json, --csv and --events",
    )
    parser.add_argument("--show", action="store_true", help="open a window")
    parser.add_argument(
        "--stride",
        type=int,
        default=1,
        help="3D branch on every n-th frame; default: 1",
    )
    parser.add_argument("--score-thr", type=float, default=0.3, help="default: 0.3")
    parser.add_argument("--device", help="default: the best there is")
    parser.add_argument(
        "--precision",
        choices=["fp32", "amp", "auto"],
        default="auto",
        help="number format; default: the fastest on this machine, by measurement",
    )
    parser.add_argument(
        "--engine",
        choices=["onnxruntime", "openvino", "auto", "inductor"],
        default="auto",
        help="what runs an exported file; default: the fastest that is installed, "
        "measured once on this machine; of a checkpoint: inductor compiles it",
    )
    add_source_arguments(parser)
    add_debug_argument(parser)
    args = parser.parse_intermixed_args()
    words, args.checkpoint = args.words, None
    if not args.model and len(words) > 1:
        *words, args.checkpoint = words
    if not (args.checkpoint or args.model) or (args.model and _names_file(words[-1])):
        parser.error("give either a checkpoint or --model NAME, e.g. kinetics600")
    if args.model and (args.config or args.trust_checkpoint):
        parser.error("--model has a config of its own: leave out --config and trust")
    if args.show and len(words) > 1:
        parser.error("--show is for one source, use --out")
    args.sources = words
    return args


def _names_file(word: str) -> bool:
    return Path(word).suffix in _CHECKPOINTS


def outputs_of(args: argparse.Namespace, name: str) -> dict[str, Any]:
    """Return what ``Outputs`` takes for a stream."""
    patterns = {"--out": args.out, "--json": args.json, "--csv": args.csv}
    patterns["--events"] = args.events
    files = output_files(patterns, name, len(args.sources))
    return dict(zip(KINDS, files, strict=True))


def check_files(args: argparse.Namespace) -> None:
    """Refuse outputs that would destroy a file."""
    inputs = (*args.sources.values(), *files_of(args.checkpoint), args.config)
    outputs = [outputs_of(args, name) for name in args.sources]
    every = [path for files in outputs for path in files.values()]
    check_outputs(every, inputs, args.overwrite or args.append)
    check_outputs([files["video"] for files in outputs], overwrite=args.overwrite)


def checkpoint_of(args: argparse.Namespace) -> str:
    """Return the checkpoint that is named, or make that of a pretrained model."""
    if args.checkpoint:
        return args.checkpoint
    from stal_plugin.engine.pretrained import pretrained

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    return str(pretrained(args.model, args.weights, say))


def detector_of(args: argparse.Namespace, shard: StreamShard) -> Any:
    """Load the network."""
    from stal_plugin.apis.action_detector import ActionDetector

    device = args.device
    if device is None and shard.world_size > 1:
        device = shard.device()
    return ActionDetector(
        checkpoint_of(args),
        args.config,
        device,
        args.score_thr,
        args.stride,
        args.precision,
        trust=args.trust_checkpoint,
        engine=args.engine,
    )


def openers(args: argparse.Namespace, names: Any) -> dict[str, Callable[[], Any]]:
    """Return what opens each source."""
    from stal_plugin.apis.sources import Waiting, open_frames

    options = (args.live, args.timeout, args.retry, args.folder_fps, args.stream)
    return {
        name: partial(open_frames, args.sources[name], *options, Waiting())
        for name in names
    }


def run_one(args: argparse.Namespace, detector: Any, events: Any, metrics: Any) -> int:
    """Detect in one source."""
    from stal_plugin.apis import Outputs
    from stal_plugin.apis.prediction_run import PredictionRun

    ((name, open_source),) = openers(args, args.sources).items()
    run = PredictionRun(detector, events())
    source = open_source()
    if metrics:
        metrics.watch(name, source)
        run.observe = partial(metrics.observe, name)
    # a container or the system stops programs with SIGTERM
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, run.interrupt)
    outputs = Outputs(
        source, **outputs_of(args, name), show=args.show, append=args.append
    )
    try:
        with outputs:
            run(source, outputs)
    except KeyboardInterrupt:
        pass  # run.signal tells
    finally:
        _tell(run, outputs.written)
    if run.signal is None and not run.num_results:
        raise ValueError(f"{source.name} gave no frame")
    return 0 if run.signal is None else 128 + run.signal


def run_many(
    args: argparse.Namespace, detector: Any, events: Any, metrics: Any, shard: Any
) -> int:
    """Detect in several sources, or in this process's part of them."""
    from stal_plugin.apis import Outputs
    from stal_plugin.apis.streams_run import StreamsRun

    def outputs(name: str, source: Any) -> Outputs:
        return Outputs(source, **outputs_of(args, name), append=args.append)

    run = StreamsRun(detector, outputs, events, metrics=metrics)
    if shard.world_size > 1:  # lines that move would mix
        run.console = Console(stderr=True, force_terminal=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, run.interrupt)
    try:
        run(openers(args, shard.part_of(args.sources)))
    except KeyboardInterrupt:
        pass  # run.signal tells
    finally:
        _tell(run, run.written)
    for name, reason in run.failures.items():
        print(f"Error: {name}: {reason}", file=sys.stderr)
    if run.signal is not None:
        return 128 + run.signal
    return 1 if run.failures else 0


def _tell(run: Any, written: list[Path]) -> None:
    if run.signal is not None:
        print("Interrupted.", file=sys.stderr)
    print(run.summary())
    for path in written:
        print(path)


@one_line_errors
def main() -> int:
    """Detect, and print what was written."""
    args = parse_args()
    shard = StreamShard.read(args.shard)
    args.sources = named_sources(args.sources)
    check_files(args)
    check_model_files(args.checkpoint, args.config)
    if len(args.sources) == 1:  # of several, one that fails does not stop the others
        check_source(*args.sources.values())
    if not shard.part_of(args.sources):
        print(f"process {shard.rank} of {shard.world_size}: no source is left for it")
        wait_for_others(shard, failed=False)
        return 0
    # after the arguments: --help and mistakes in them shall not wait for torch
    from stal_plugin.apis.action_events import ActionEvents
    from stal_plugin.apis.stream_metrics import served_metrics

    detector = detector_of(args, shard)
    threshold = args.score_thr if detector.config.multilabel else None
    events = partial(ActionEvents, multilabel_thr=threshold)
    metrics = served_metrics(args.metrics, shard.rank)
    if len(args.sources) == 1:
        return run_one(args, detector, events, metrics)
    status = run_many(args, detector, events, metrics, shard)
    wait_for_others(shard, failed=status == 1)
    return status


if __name__ == "__main__":
    main()
