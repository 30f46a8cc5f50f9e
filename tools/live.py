"""Show what a detector sees in the browser: live.py SRC [SRC ...] CHECKPOINT.

Without a checkpoint of your own, --model names one that is put together of published
weights: live.py SRC --model kinetics600 (docs/actor.md).

The page is at http://127.0.0.1:8080/, for this computer only. With --host, others see
it too, if they have the token: it is in the address that is printed. Files are played
at their own pace. Ctrl-C ends the page (status 130).
"""

import argparse
import os
import sys

from stal_plugin.engine.cli import add_debug_argument, one_line_errors
from stal_plugin.engine.source_arguments import (
    add_metrics_argument,
    add_model_arguments,
    add_opening_arguments,
    check_model_files,
)
from stal_plugin.files.stream_names import check_source, named_sources


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="SRC",
        help="videos, folders of images, 0 (camera), rtsp://..., or NAME=SRC; then the "
        "checkpoint, or what tools/export_onnx.py wrote",
    )
    _add_model_arguments(parser)
    _add_page_arguments(parser)
    add_opening_arguments(parser)
    add_metrics_argument(parser)
    add_debug_argument(parser)
    args = parser.parse_intermixed_args()
    args.checkpoint = None if args.model else args.words.pop()
    if not args.words:
        parser.error("give a source and a checkpoint, or a source and --model NAME")
    if args.model and (args.config or args.trust_checkpoint):
        parser.error("--model has a config of its own: leave out --config and trust")
    return args


def _add_model_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument(
        "--stride",
        type=int,
        default=1,
        help="3D branch on every n-th frame; default: 1",
    )
    parser.add_argument("--device", help="default: the best there is")
    parser.add_argument(
        "--precision",
        choices=["fp32", "amp", "auto"],
        default="auto",
        help="number format; default: the fastest on this machine, by measurement",
    )


def _add_page_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8080, help="default: 8080")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to serve at, 0.0.0.0 for all; default: 127.0.0.1, for programs "
        "of this computer",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("STAL_TOKEN"),
        help="what browsers must know; default: $STAL_TOKEN, else a new one where "
        "--host lets others in",
    )
    parser.add_argument(
        "--score-thr",
        type=float,
        default=0.3,
        help="thresholds at first; default: 0.3",
    )
    parser.add_argument(
        "--score-floor",
        type=float,
        default=0.05,
        help="lowest threshold that can be chosen; default: 0.05",
    )
    parser.add_argument(
        "--picture-fps",
        type=float,
        default=10.0,
        help="pictures per second, at most, while somebody looks; default: 10",
    )
    parser.add_argument(
        "--picture-width",
        type=int,
        default=960,
        help="their width, at most; default: 960",
    )


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
    """Detect and serve."""
    args = parse_args()
    named = named_sources(args.words)
    check_model_files(args.checkpoint, args.config)
    if len(named) == 1:  # of several, one that fails does not stop the others
        check_source(*named.values())
    # after the arguments: --help and mistakes in them shall not wait for torch
    from stal_plugin.apis.action_detector import ActionDetector
    from stal_plugin.apis.live_page import LivePage, live_sources
    from stal_plugin.apis.stream_metrics import served_metrics

    metrics = served_metrics(args.metrics)
    page = LivePage(args.host, args.port, args.token)
    detector = ActionDetector(
        checkpoint_of(args),
        args.config,
        args.device,
        args.score_floor,
        args.stride,
        args.precision,
        trust=args.trust_checkpoint,
    )
    options = {"live": args.live, "timeout": args.timeout, "retry": args.retry}
    sources = live_sources(named, folder_fps=args.folder_fps, **options)
    print(f"{page.address}  (Ctrl-C ends it)", flush=True)
    errors = page.run(
        *(detector, sources, args.score_thr, args.picture_fps, args.picture_width),
        metrics=metrics,
    )
    for error in errors:
        print(f"Error: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    main()
