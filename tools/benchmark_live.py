"""Measure live detection: benchmark_live.py CHECKPOINT.

Time per frame for several strides, number formats and memory layouts, and the memory
that a short and a long video take, each in a process of its own.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

_FPS = 25


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", help="checkpoint file")
    parser.add_argument("--config", help="for a checkpoint that carries none")
    parser.add_argument("--strides", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--frames", type=int, default=100, help="to time; default: 100")
    parser.add_argument("--size", type=int, nargs=2, default=[320, 180])
    parser.add_argument("--all-precisions", action="store_true")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Print two tables."""
    args = parse_args()
    if args.memory_of:
        print(_peak_memory(args))
        return
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        short = Path(folder, "short.mp4")
        _write(short, args.frames, args.size)
        console.print(_times(args, short))
        table = Table(title=f"peak memory, stride {max(args.strides)}")
        table.add_column("video")
        table.add_column("MiB", justify="right")
        for minutes in args.minutes:
            path = Path(folder, "long.mp4")
            count = round(minutes * 60 * _FPS)
            _write(path, count, args.size)
            table.add_row(f"{minutes:g} min, {count} frames", _in_process(path))
        console.print(table)


def _times(args: argparse.Namespace, path: Path) -> Table:
    from stal_plugin.apis import ActionDetector
    from stal_plugin.apis.precision import ALL_PRECISIONS

    det = ActionDetector(args.checkpoint, args.config)
    options = ALL_PRECISIONS if args.all_precisions else (det.precision,)
    table = Table(title=f"ms per frame on {det.device}, decoding included (median)")
    table.add_column("format")
    for stride in args.strides:
        table.add_column(f"stride {stride}", justify="right")
    for det.precision in options:
        det.precision.apply(det.model)
        cells = []
        for det.stride in args.strides:
            # median of blocks of whole strides: one frame in so many is slow
            marks = [time.perf_counter() for _ in _every(det(path), max(args.strides))]
            steps = np.diff(marks) / max(args.strides) * 1000
            cells.append(f"{np.median(steps):.1f}")
        table.add_row(_name(det.precision), *cells)
    return table


def _every(results: Iterator, step: int) -> Iterator:
    for number, result in enumerate(results):
        if number % step == 0:
            yield result


def _name(precision: object) -> str:
    amp, last = precision.amp, precision.channels_last  # type: ignore[attr-defined]
    layout = {None: "", False: ", contiguous", True: ", channels last"}[last]
    return ("amp" if amp else "fp32") + layout


def _in_process(path: Path) -> str:
    command = [sys.executable, *sys.argv, "--memory-of", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _peak_memory(args: argparse.Namespace) -> str:
    from stal_plugin.apis import ActionDetector
    from stal_plugin.apis.outputs import Outputs
    from stal_plugin.apis.prediction_run import PredictionRun
    from stal_plugin.apis.sources import open_source

    det = ActionDetector(args.checkpoint, args.config, stride=max(args.strides))
    source = open_source(args.memory_of)
    folder = Path(args.memory_of).parent
    outputs = Outputs(source, folder / "out.mp4", folder / "o.jsonl", folder / "o.csv")
    with outputs:
        PredictionRun(det)(source, outputs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{peak / (1 << 20 if sys.platform == 'darwin' else 1 << 10):.0f}"


def _write(path: Path, count: int, size: list[int]) -> None:
    from stal_plugin.datasets.video import write_video

    width, height = size
    rng = np.random.default_rng(0)
    background = rng.integers(60, 120, (height, width, 3), dtype=np.uint8)

    def frames() -> Iterator[np.ndarray]:
        for number in range(count):
            image = background.copy()
            left = 3 * number % (width * 3 // 4)
            image[height // 4 : height // 2, left : left + width // 8] = (250, 40, 20)
            yield image

    write_video(path, frames(), _FPS, gop=50, crf=28)


if __name__ == "__main__":
    main()
