"""Detect actions in a video, folder, camera or stream: predict.py SRC CHECKPOINT.

Without a checkpoint of your own, --model names one that is put together of published
weights: predict.py SRC --model kinetics600 (docs/actor.md).

Files that exist are replaced only with --overwrite. Those of a video file or folder are
written as NAME.part and get their names at the end, or when the run is stopped; those
of a live source grow under their own names, line by line. Ctrl-C ends every run with
complete files and status 130 (SIGTERM: 143), also a live one, which ends in no other
way. Without a single frame the status is never 0.
"""

import argparse
import signal
import sys
from pathlib import Path

from stal_plugin.engine.cli import add_overwrite_argument, one_line_errors
from stal_plugin.files.output_files import check_outputs


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("src", help="video, folder of images, 0 (camera), rtsp://...")
    parser.add_argument(
        "checkpoint",
        nargs="?",
        help="checkpoint file, or what tools/export_onnx.py wrote",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="instead: a pretrained model, e.g. kinetics600"
    )
    parser.add_argument(
        "--weights",
        metavar="DIR",
        help="folder of its published weights; default: $STAL_WEIGHTS, else "
        "~/.cache/stal_plugin, where missing files are fetched to",
    )
    parser.add_argument("--config", help="for a checkpoint that carries none")
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="let the checkpoint run code of its own: never for one of a stranger",
    )
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
        "--live",
        action=argparse.BooleanOptionalAction,
        help="whether an address is a live stream; default: if it has no length",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        help="seconds without data after which a stream counts as broken",
    )
    parser.add_argument(
        "--retry", type=float, default=120.0, help="seconds to wait for a lost stream"
    )
    parser.add_argument(
        "--stream",
        type=int,
        metavar="N",
        help="video stream to read, where there are several; default: the longest",
    )
    parser.add_argument(
        "--folder-fps", type=float, default=25.0, help="of a folder of images"
    )
    parser.add_argument(
        "--debug", action="store_true", help="show the traceback of every error"
    )
    args = parser.parse_args()
    if bool(args.checkpoint) == bool(args.model):
        parser.error("give either a checkpoint or --model NAME, e.g. kinetics600")
    if args.model and (args.config or args.trust_checkpoint):
        parser.error("--model has a config of its own: leave out --config and trust")
    return args


def check_files(args: argparse.Namespace) -> None:
    """Refuse outputs that would destroy a file."""
    inputs = (args.src, args.checkpoint, args.config)
    outputs = (args.out, args.json, args.csv, args.events)
    check_outputs(outputs, inputs, args.overwrite or args.append)
    check_outputs([args.out], overwrite=args.overwrite)


def checkpoint_of(args: argparse.Namespace) -> str:
    """Return the checkpoint that is named, or make that of a pretrained model."""
    if args.checkpoint:
        return args.checkpoint
    from stal_plugin.engine.pretrained import pretrained

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    return str(pretrained(args.model, args.weights, say))


@one_line_errors
def main() -> int:
    """Detect, and print what was written."""
    args = parse_args()
    check_files(args)
    # after the arguments: --help and mistakes in them shall not wait for torch
    from stal_plugin.apis import Outputs
    from stal_plugin.apis.action_detector import ActionDetector
    from stal_plugin.apis.action_events import ActionEvents
    from stal_plugin.apis.prediction_run import PredictionRun
    from stal_plugin.apis.sources import open_frames

    detector = ActionDetector(
        checkpoint_of(args),
        args.config,
        args.device,
        args.score_thr,
        args.stride,
        args.precision,
        trust=args.trust_checkpoint,
    )
    threshold = args.score_thr if detector.config.multilabel else None
    run = PredictionRun(detector, ActionEvents(multilabel_thr=threshold))
    source = open_frames(
        *(args.src, args.live, args.timeout, args.retry, args.folder_fps, args.stream)
    )
    # a container or the system stops programs with SIGTERM
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, run.interrupt)
    files = (args.out, args.json, args.csv, args.events)
    outputs = Outputs(source, *files, show=args.show, append=args.append)
    try:
        with outputs:
            run(source, outputs)
    except KeyboardInterrupt:
        pass  # run.signal tells
    finally:
        if run.signal is not None:
            print("Interrupted.", file=sys.stderr)
        print(run.summary())
        for path in outputs.written:
            print(path)
    if run.signal is not None:
        return 128 + run.signal
    if not run.num_results:
        raise ValueError(f"{source.name} gave no frame")
    return 0


if __name__ == "__main__":
    main()
