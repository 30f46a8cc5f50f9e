"""Time the metric on random detections, and how time and memory grow with their number.

python tools/benchmark_metric.py [--frames 2500 5000 10000 20000] [--dets 20]
"""

import argparse
import resource
import time
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from stal_plugin.evaluation import (
    Detections,
    GroundTruth,
    frame_ap,
    localization_scores,
    one_row_per_box,
    suppress_overlaps,
)

NUM_CLASSES = 24


def random_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return ``(N, 4)`` xyxy boxes of 30 to 70 pixels in a frame of 320 x 240."""
    corner = rng.uniform(0, 170, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(30, 70, (count, 2))], axis=1)


def measure(num_frames: int, dets_per_frame: int) -> float:
    """Return the seconds that all scores of the metric take."""
    rng = np.random.default_rng(0)
    num_gt, num_dets = 3 * num_frames, dets_per_frame * num_frames
    gts = GroundTruth.from_labels(
        rng.integers(0, num_frames, num_gt),
        random_boxes(rng, num_gt),
        rng.integers(0, NUM_CLASSES, num_gt),
    )
    scores = rng.random(num_dets)
    dets = Detections(
        rng.integers(0, num_frames, num_dets),
        random_boxes(rng, num_dets),
        rng.integers(0, NUM_CLASSES, num_dets),
        scores,
        scores,
    )
    start = time.perf_counter()
    frame_ap(dets, gts, NUM_CLASSES)
    boxes = suppress_overlaps(one_row_per_box(dets))
    localization_scores(boxes, gts, NUM_CLASSES)
    localization_scores(boxes, gts, NUM_CLASSES, 0.005, "score")
    return time.perf_counter() - start


def report(sizes: Sequence[int], dets_per_frame: int) -> Table:
    """Measure each size three times; the median counts."""
    table = Table("frames", "detections", "seconds", "ratio to first", "peak RSS MiB")
    first = 0.0
    for size in sizes:
        seconds = sorted(measure(size, dets_per_frame) for _ in range(3))[1]
        first = first or seconds
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        row = (size, size * dets_per_frame, f"{seconds:.3f}", f"{seconds / first:.2f}")
        table.add_row(*map(str, row), str(peak))
    return table


def main() -> None:
    """Print the growth table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--frames", type=int, nargs="+", default=[2500, 5000, 10000, 20000]
    )
    parser.add_argument("--dets", type=int, default=20, help="per frame")
    args = parser.parse_args()
    Console().print(report(args.frames, args.dets))


if __name__ == "__main__":
    main()
