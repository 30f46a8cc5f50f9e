"""Measure detection: benchmark.py CONFIG [CHECKPOINT ...].

Time per frame on the path that ActionDetector takes, with the share of each stage, its
percentiles, and the ratio to the first row; then the memory that videos of several
lengths take, each in a process of its own. Without a checkpoint the weights are random:
the network's time is right, while post-processing has more boxes than it will have.

--engines compares all engines that can run the network live, beside the network alone
in torch; --against FILE keeps the measurements, or compares with those kept there.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stal_plugin.engine.cli import (
    add_config_options,
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.engine.shipped_files import find_config
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.output_files import check_outputs

if TYPE_CHECKING:
    from stal_plugin.apis import ActionDetector


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "checkpoints",
        nargs="*",
        metavar="CHECKPOINT",
        help="checkpoint files or exported networks (.onnx), compared with each other",
    )
    parser.add_argument("--device", help="cpu, cuda, ...; default: the best there is")
    parser.add_argument("--strides", type=int, nargs="+", default=[1])
    parser.add_argument(
        "--all-precisions",
        action="store_true",
        help="also other number formats and memory layouts",
    )
    parser.add_argument(
        "--engines",
        action="store_true",
        help="the first checkpoint in torch, onnxruntime and OpenVINO, whole clips and "
        "time steps, in int8 too, beside the network alone in torch",
    )
    parser.add_argument(
        "--inductor",
        action="store_true",
        help="with --engines: also what torch's inductor compiles, which takes minutes",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="JSON",
        help="compare with the measurements in this file; written if it is not there",
    )
    parser.add_argument("--video", help="footage of yours; default: it is drawn")
    parser.add_argument(
        "--frames", type=int, default=108, help="to measure on; default: 108"
    )
    parser.add_argument(
        "--size", type=int, nargs=2, default=[320, 180], metavar=("WIDTH", "HEIGHT")
    )
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="count this process's work instead of the time that passes: for a machine "
        "that does other work",
    )
    parser.add_argument("--score-thr", type=float, default=0.3, help="default: 0.3")
    parser.add_argument(
        "--minutes",
        type=float,
        nargs="*",
        default=[0.1],
        help="lengths of video whose memory is measured; default: 0.1",
    )
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    add_overwrite_argument(parser)
    add_config_options(parser)
    add_debug_argument(parser)
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Print what was measured."""
    args = parse_args()
    check_outputs([args.json], [args.config, *args.checkpoints], args.overwrite)
    find_config(args.config)
    # after the arguments: --help and mistakes in them shall not wait for torch
    from analysis.detector_benchmark import write_benchmark_video

    from stal_plugin.engine.run_config import load_config

    cfg = load_config(args.config, None, args.cfg_options)
    with tempfile.TemporaryDirectory() as folder:
        if not args.checkpoints:
            args.checkpoints = [_random(cfg, folder)]
        if args.memory_of:
            from analysis.detector_benchmark import peak_memory

            det = _detector(args, cfg, args.checkpoints[0], max(args.strides))
            print(json.dumps(peak_memory(det, args.memory_of)))
            return
        video = args.video or str(Path(folder, "short.mp4"))
        if not args.video:
            write_benchmark_video(video, args.frames, *args.size)
        report = _machine() | _cost(cfg)
        print("\n".join(f"{key}: {value}" for key, value in report.items()), end="\n\n")
        report["clock"] = "cpu time" if args.cpu_time else "time"
        report["runs"] = _times(args, cfg, video, folder)
        report["memory"] = _memory(args, folder)
    if args.against:
        from analysis.earlier_run import compare_or_write

        print("\n" + compare_or_write(report, args.against))
    if args.json:
        with atomic_file(args.json) as part:
            part.write_text(json.dumps(report, indent=1) + "\n")


def _random(cfg: Any, folder: str) -> str:
    from analysis.detector_benchmark import save_random_checkpoint

    path = str(Path(folder, "random weights"))
    save_random_checkpoint(cfg, path)
    return path


def _machine() -> dict[str, Any]:
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "gpu": gpu,
        "torch": torch.__version__,
    }


def _cost(cfg: Any) -> dict[str, Any]:
    from stal_plugin.engine.model_cost import model_cost

    cost = model_cost(cfg)
    return {
        "clip (T x H x W)": " x ".join(map(str, cost.clip)),
        "parameters (M)": round(cost.parameters / 1e6, 2),
        "multiply-adds per clip (G)": round(cost.multiply_adds / 1e9, 2),
    }


def _times(args: argparse.Namespace, cfg: Any, video: str, folder: str) -> list[dict]:
    from analysis.detector_benchmark import measure, result_table

    detectors, calls = _rows(args, cfg, video, folder)
    turn = max(8, 2 * max(args.strides))
    clock = time.process_time if args.cpu_time else time.perf_counter
    if args.engines:  # a full-size network has few frames
        turn = min(turn, max(1, args.frames // 4))
    results = measure(detectors, video, turn, turn, args.frames, clock, calls)
    device = next(iter(detectors.values())).device
    kind = "CPU time" if args.cpu_time else "time"
    print(f"{kind} on {device}, {len(results[-1].totals)} frames each, in ms\n")
    if args.engines:
        from analysis.engine_rows import speed_table

        print(speed_table(results), end="\n\n")
    print(result_table(results), flush=True)
    return [result.to_dict() for result in results]


def _rows(
    args: argparse.Namespace, cfg: Any, video: str, folder: str
) -> "tuple[dict[str, ActionDetector], dict[str, Any]]":
    """Detectors, and what is timed beside them."""
    if not args.engines:
        return _detectors(args, cfg), {}
    from analysis.engine_rows import ALONE, engine_rows, network_alone

    calls = {ALONE: network_alone(cfg, folder)}
    given = (cfg, args.checkpoints[0], video, folder, args.score_thr)
    rows = engine_rows(*given, inductor=args.inductor)
    return rows, calls


def _detectors(args: argparse.Namespace, cfg: Any) -> "dict[str, ActionDetector]":
    from stal_plugin.apis.load_model import is_exported
    from stal_plugin.apis.precision import ALL_PRECISIONS

    detectors = {}
    for checkpoint in args.checkpoints:
        every = args.all_precisions and not is_exported(checkpoint)
        for precision in ALL_PRECISIONS if every else (None,):
            for stride in args.strides:
                det = _detector(args, cfg, checkpoint, stride)
                if precision is not None:
                    det.precision = precision
                    precision.apply(det.model)
                kind = "" if det.exported else f", {det.precision}"
                detectors[f"{Path(checkpoint).name}{kind}, stride {stride}"] = det
    return detectors


def _detector(
    args: argparse.Namespace, cfg: Any, checkpoint: str, stride: int
) -> "ActionDetector":
    from stal_plugin.apis import ActionDetector
    from stal_plugin.apis.load_model import is_exported

    config = None if is_exported(checkpoint) else cfg
    return ActionDetector(checkpoint, config, args.device, args.score_thr, stride)


def _memory(args: argparse.Namespace, folder: str) -> list[dict]:
    """Peak memory of whole runs of the first checkpoint, each in its own process."""
    from analysis.detector_benchmark import FPS, write_benchmark_video

    rows: list[dict] = []
    print()
    for minutes in args.minutes:
        path = str(Path(folder, "long.mp4"))
        count = max(1, round(minutes * 60 * FPS))
        write_benchmark_video(path, count, *args.size)
        command = [sys.executable, __file__, *sys.argv[1:], "--memory-of", path]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        peak = json.loads(done.stdout.splitlines()[-1])
        texts = [f"{key[:-4]} {value:.0f} MiB" for key, value in peak.items()]
        print(f"peak memory, {minutes:g} min, {count} frames: {', '.join(texts)}")
        rows.append({"minutes": minutes, "frames": count, **peak})
    return rows


if __name__ == "__main__":
    main()
