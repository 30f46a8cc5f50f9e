"""Time and memory of detectors on the path that ``ActionDetector`` takes.

``tools/benchmark.py`` is the command line.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.frame_result import draw_result
from stal_plugin.apis.outputs import Outputs
from stal_plugin.apis.prediction_run import PredictionRun
from stal_plugin.apis.sources import open_frames
from stal_plugin.apis.stopwatch import Stopwatch
from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig
from stal_plugin.engine.data_facts import fill_from_data
from stal_plugin.engine.hooks.peak_memory_hook import peak_memory as peak_memory_so_far
from stal_plugin.engine.hooks.peak_memory_hook import peak_resident
from stal_plugin.registry import MODELS
from stal_plugin.video import write_video

#: Frames per second of the video that is drawn.
FPS = 25
#: Calls that do not count.
_WARM_CALLS = 4
#: What happens to a frame, in order.
STAGES = ("decode", "preprocess", "forward", "post-process", "track", "draw")


@dataclass(frozen=True)
class BenchmarkResult:
    """What was measured of one detector.

    Args:
        name: Of the detector and its settings.
        totals: Seconds of each frame, from reading it to the drawn result.
        stages: Seconds of each stage, of each frame. What is in none of them is
            'other'.
    """

    name: str
    totals: Sequence[float]
    stages: Sequence[Mapping[str, float]]

    @property
    def mean_ms(self) -> float:
        """Milliseconds per frame."""
        return float(np.mean(self.totals)) * 1000

    def percentiles_ms(self, ranks: Sequence[int] = (50, 90, 99)) -> list[float]:
        """Milliseconds that so many percent of the frames do not exceed."""
        return [float(v) for v in np.percentile(self.totals, ranks) * 1000]

    def shares(self) -> dict[str, float]:
        """Share of each stage in the whole time; they add up to 1."""
        whole = float(np.sum(self.totals))
        sums = {
            name: sum(frame.get(name, 0.0) for frame in self.stages) for name in STAGES
        }
        sums["other"] = whole - sum(sums.values())
        return {name: seconds / whole for name, seconds in sums.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        p50, p90, p99 = self.percentiles_ms()
        return {
            "name": self.name,
            "frames": len(self.totals),
            "ms_per_frame": self.mean_ms,
            "frames_per_second": 1000 / self.mean_ms,
            "latency_ms": {"p50": p50, "p90": p90, "p99": p99},
            "quartiles_ms": self.percentiles_ms((25, 75)),
            "shares": self.shares(),
        }


def result_table(results: Sequence[BenchmarkResult]) -> str:
    """Return a markdown table, each with its time relative to the first.

    Args:
        results: At least one.
    """
    columns = ("ms per frame", "of the first", "frames/s", "p50", "p90", "p99")
    head = ["", *columns, *(f"{stage} %" for stage in (*STAGES, "other"))]
    rows = [head, ["---"] * len(head)]
    for result in results:
        ratio = result.mean_ms / results[0].mean_ms
        times = [f"{value:.1f}" for value in result.percentiles_ms()]
        shares = [f"{100 * share:.1f}" for share in result.shares().values()]
        speed = [
            f"{result.mean_ms:.1f}",
            f"{ratio:.2f}",
            f"{1000 / result.mean_ms:.1f}",
        ]
        rows.append([result.name, *speed, *times, *shares])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write_benchmark_video(
    path: str | Path, count: int, width: int, height: int
) -> None:
    """Write a video of a bright rectangle that moves over noise.

    Args:
        path: Where to, mp4.
        count: Frames, 25 per second.
        width: Pixels.
        height: Pixels.
    """
    rng = np.random.default_rng(0)
    background = rng.integers(60, 120, (height, width, 3), dtype=np.uint8)

    def frames() -> Iterator[np.ndarray]:
        for number in range(count):
            image = background.copy()
            left = 3 * number % (width * 3 // 4)
            image[height // 4 : height // 2, left : left + width // 8] = (250, 40, 20)
            yield image

    write_video(path, frames(), FPS, gop=50, crf=28)


def peak_memory(detector: ActionDetector, video: str | Path) -> dict[str, float]:
    """Detect on a whole video, write all outputs, and see what memory that took.

    Call it in a process that does nothing else. The system tells the memory on Unix
    only.

    Args:
        detector: The detector.
        video: The video; outputs are written beside it.

    Returns:
        ``resident_mib`` of the process and, on a GPU, ``gpu_mib`` of tensors.
    """
    source, folder = open_frames(str(video)), Path(video).parent
    outputs = Outputs(source, folder / "out.mp4", folder / "o.jsonl", folder / "o.csv")
    with outputs:
        PredictionRun(detector)(source, outputs)
    resident = peak_resident("self") or peak_memory_so_far()["peak_rss"]
    memory = {"resident_mib": resident}
    if detector.device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(detector.device)
        memory["gpu_mib"] = peak / (1 << 20)
    return memory


def save_random_checkpoint(cfg: Config, path: str | Path, seed: int = 0) -> None:
    """Build a config's network and save it, untrained, with its config.

    Args:
        cfg: The whole config. What it asks of the training data is computed and
            written into it, so that they must be there.
        path: Where to.
        seed: Of the weights.
    """
    fill_from_data(cfg)
    torch.manual_seed(seed)
    with DefaultScope.overwrite_default_scope(cfg.get("default_scope", "mmaction")):
        model = MODELS.build(cfg.model)
    meta = {META_KEY: InferenceConfig.from_settings(cfg.to_dict()).to_json()}
    torch.save({"meta": meta, "state_dict": model.state_dict()}, path)


def measure(
    detectors: Mapping[str, ActionDetector],
    video: str | Path,
    warmup: int = 8,
    turn: int = 8,
    frames: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
    calls: Mapping[str, Callable[[], Any]] | None = None,
) -> list[BenchmarkResult]:
    """Run detectors on a video and take the time of each stage of each frame.

    They take turns, so that other work on the machine slows all of them alike, and
    their ratios mean something where their times do not.

    Args:
        detectors: By name. Their networks stay wrapped for measuring.
        video: The video.
        warmup: First frames that do not count.
        turn: Frames before the next one has its turn: a multiple of the strides.
        frames: Stop after so many, the warm-up included; default: at the end.
        clock: Seconds. ``time.process_time`` counts the work of this process only, of
            all its threads; it knows nothing of a GPU's.
        calls: What else takes part, by name: a call stands for a frame.

    Returns:
        One result for each call, then for each detector.

    Raises:
        ValueError: The video is not longer than the warm-up.
    """
    runs: list[_Run | _Call] = [
        _Call(name, call, frames, clock) for name, call in (calls or {}).items()
    ]
    runs += [_Run(name, det, video, frames, clock) for name, det in detectors.items()]
    going = list(runs)
    while going:
        going = [run for run in going if run.advance(turn)]
    return [run.result(warmup) for run in runs]


class _Run:
    def __init__(
        self,
        name: str,
        detector: ActionDetector,
        video: str | Path,
        frames: int | None,
        clock: Callable[[], float],
    ) -> None:
        self.watch = Stopwatch(clock=clock)
        if detector.device.type == "cuda":
            self.watch = Stopwatch(torch.cuda.synchronize, clock)
        self.name = name
        self.results = islice(_timed(detector, self.watch)(video), frames)
        self.detector = detector
        self.totals: list[float] = []
        self.stages: list[dict[str, float]] = []

    def advance(self, count: int) -> bool:
        """Handle some frames; tell whether there may be more."""
        self.detector.stopwatch = self.watch
        for _ in range(count):
            start = self.watch.clock()
            result = next(self.results, None)
            if result is None:
                return False
            with self.watch.stage("draw"):
                draw_result(result)
            self.totals.append(self.watch.clock() - start)
            self.stages.append(self.watch.lap())
        return True

    def result(self, warmup: int) -> BenchmarkResult:
        if len(self.totals) <= warmup:
            raise ValueError(
                f"the video has {len(self.totals)} frames, but the first {warmup} do "
                "not count: take a longer one"
            )
        return BenchmarkResult(self.name, self.totals[warmup:], self.stages[warmup:])


class _Call:
    """Something that is timed beside the detectors."""

    def __init__(
        self,
        name: str,
        call: Callable[[], Any],
        frames: int | None,
        clock: Callable[[], float],
    ) -> None:
        self.name, self.call, self.clock = name, call, clock
        self.frames = frames or 2 * _WARM_CALLS
        self.totals: list[float] = []

    def advance(self, count: int) -> bool:
        """Call it so often; tell whether there is more to do."""
        for _ in range(min(count, self.frames - len(self.totals))):
            start = self.clock()
            self.call()
            self.totals.append(self.clock() - start)
        return len(self.totals) < self.frames

    def result(self, warmup: int) -> BenchmarkResult:
        totals = self.totals[min(warmup, _WARM_CALLS) :]
        return BenchmarkResult(self.name, totals, [{"forward": t} for t in totals])


def _timed(detector: ActionDetector, watch: Stopwatch) -> ActionDetector:
    """Let a detector's heads tell their post-processing from the network."""
    for module in detector.model.modules():
        if hasattr(module, "predict_by_feat"):
            module.predict_by_feat = watch.wrap("post-process", module.predict_by_feat)
    return detector
