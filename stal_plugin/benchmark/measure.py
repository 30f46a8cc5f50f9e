"""Run detectors on a video and take the time of each stage of each frame."""

import time
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

import torch

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.draw_result import draw_result
from stal_plugin.apis.stopwatch import Stopwatch
from stal_plugin.benchmark.benchmark_result import BenchmarkResult


def measure(
    detectors: Mapping[str, ActionDetector],
    video: str | Path,
    warmup: int = 8,
    turn: int = 8,
    frames: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
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

    Returns:
        One result for each detector.

    Raises:
        ValueError: The video is not longer than the warm-up.
    """
    runs = [_Run(name, det, video, frames, clock) for name, det in detectors.items()]
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


def _timed(detector: ActionDetector, watch: Stopwatch) -> ActionDetector:
    """Let a detector's heads tell their post-processing from the network."""
    for module in detector.model.modules():
        if hasattr(module, "predict_by_feat"):
            module.predict_by_feat = watch.wrap("post-process", module.predict_by_feat)
    return detector
