"""Time several streams through one network: benchmark_streams.py CHECKPOINT VIDEO ...

Prints a markdown table: frames per second of 1, 2, 4 and 8 streams, all of one run, so
that its ratios hold on a machine that does other things, too.
"""

import argparse
from pathlib import Path

from stal_plugin.engine.cli import one_line_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", help="checkpoint, or an exported file")
    parser.add_argument(
        "videos", nargs="+", type=Path, help="files; the streams take turns with them"
    )
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--frames", type=int, default=48, help="of each stream")
    parser.add_argument(
        "--rounds", type=int, default=3, help="repetitions, of which the median counts"
    )
    parser.add_argument("--max-batch", type=int, default=8)
    parser.add_argument("--device", help="default: the best there is")
    parser.add_argument("--precision", choices=["fp32", "amp", "auto"], default="fp32")
    parser.add_argument("--threads", type=int, help="of torch; default: all cores")
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Measure, and print the table."""
    args = parse_args()
    import torch
    from analysis.stream_benchmark import measure_streams, stream_table

    from stal_plugin.apis.action_detector import ActionDetector

    if args.threads:
        torch.set_num_threads(args.threads)
    precision = None if args.checkpoint.endswith(".onnx") else args.precision
    detector = ActionDetector(args.checkpoint, device=args.device, precision=precision)
    rates = measure_streams(
        detector, args.videos, args.streams, args.frames, args.rounds, args.max_batch
    )
    print(stream_table(rates))


if __name__ == "__main__":
    main()
