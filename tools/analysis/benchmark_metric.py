"""Time the evaluation on random detections, and how time and memory grow.

python tools/analysis/benchmark_metric.py [--frames 5000 10000 20000 50000] [--dets 20]

The first column is of the size of a split of J-HMDB: 9,126 frames of 268 videos, 5
detections each, 21 classes. Each column runs in a process of its own, so that its peak
memory is its own. Times are the processor's, so that other jobs disturb them less;
with OMP_NUM_THREADS=1 a free core takes as long by the clock.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

from stal_plugin.engine.cli import one_line_errors
from stal_plugin.evaluation import (
    GREEDY_RULES,
    PROTOCOLS,
    FrameDetails,
    OnlineLinker,
    error_breakdown,
    frame_ap,
    frame_scores,
    greedy_tubes,
    ground_truth_tubes,
    online_tubes,
    size_ap,
    video_ap,
    viterbi_tubes,
)
from stal_plugin.structures import BoxTable, Tubes

JHMDB = (9126, 5, 21, 34)
COCO_THRS = tuple(0.5 + 0.05 * i for i in range(10))


def random_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return ``(N, 4)`` xyxy boxes of 30 to 70 pixels in a frame of 320 x 240."""
    corner = rng.uniform(0, 170, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(30, 70, (count, 2))], axis=1)


def random_case(
    num_frames: int, dets_per_frame: int, num_classes: int, video_length: int
) -> tuple[BoxTable, BoxTable, np.ndarray]:
    """Return detections, ground truth of 3 still actors, video of each frame."""
    rng = np.random.default_rng(0)
    videos = np.arange(num_frames) // video_length
    num_actors = 3 * (videos[-1] + 1)
    actor_boxes, labels = (
        random_boxes(rng, num_actors),
        rng.integers(0, num_classes, num_actors),
    )
    actors = (3 * videos[:, None] + np.arange(3)).ravel()
    gts = BoxTable(
        np.repeat(np.arange(num_frames), 3),
        actor_boxes[actors],
        labels[actors],
        person_ids=actors,
    )
    num_dets = dets_per_frame * num_frames
    frames = np.repeat(np.arange(num_frames), dets_per_frame)
    # one half follows the actors, the other half is anywhere
    follows = rng.random(num_dets) < 0.5
    actor = 3 * videos[frames] + rng.integers(0, 3, num_dets)
    boxes = np.where(follows[:, None], actor_boxes[actor], random_boxes(rng, num_dets))
    boxes += np.concatenate([rng.normal(0, 2, (num_dets, 2))] * 2, axis=1)
    named = np.where(follows, labels[actor], rng.integers(0, num_classes, num_dets))
    scores = rng.random(num_dets)
    dets = BoxTable(frames, boxes, named, scores=scores)
    return dets, gts, videos


def parts_of(case: tuple, num_classes: int) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name; each part stands for itself."""
    dets, gts, videos = case
    names = [str(k) for k in range(num_classes)]
    areas = np.full(len(videos), 320 * 240.0)
    thrs = (0.2, 0.5, 0.75)

    def video(tubes: Tubes) -> object:
        truth = ground_truth_tubes(gts, videos)
        return video_ap(tubes, truth, videos, num_classes, thrs)

    def linker() -> OnlineLinker:
        return OnlineLinker(num_classes)

    voc = PROTOCOLS["voc"]
    every = FrameDetails(by_size=True, by_frequency=True, breakdown=True)
    return {
        "FrameMAP": lambda: frame_scores(dets, gts, names, 0.5, voc),
        "0.5:0.95": lambda: frame_ap(dets, gts, num_classes, COCO_THRS),
        "act": lambda: frame_ap(dets, gts, num_classes, protocol="act"),
        "by size": lambda: size_ap(dets, gts, num_classes, areas),
        "errors": lambda: error_breakdown(dets, gts, num_classes),
        "FrameMAP, all details": lambda: frame_scores(
            dets, gts, names, ["0.5:0.95"], voc, every, areas
        ),
        "VideoMAP, Viterbi": lambda: video(viterbi_tubes(dets, videos, num_classes)),
        "VideoMAP, greedy": lambda: video(
            greedy_tubes(dets, videos, num_classes, GREEDY_RULES["moc"])
        ),
        "VideoMAP, online": lambda: video(online_tubes(dets, videos, linker())),
    }


def measure(size: tuple[int, int, int, int]) -> tuple[dict[str, float], int]:
    """Return the processor seconds of each part and the peak MiB.

    The median of three runs counts; what takes more than 5 seconds runs once.
    """
    parts = parts_of(random_case(*size), size[2])
    seconds = {}
    for name, part in parts.items():
        runs: list[float] = []
        while len(runs) < 3 and sum(runs) < 5:
            start = time.process_time()
            part()
            runs.append(time.process_time() - start)
        seconds[name] = sorted(runs)[len(runs) // 2]
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure_apart(size: tuple[int, int, int, int]) -> tuple[dict[str, float], int]:
    """Measure in a new process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (size,))


def report(sizes: list[tuple[int, int, int, int]]) -> Table:
    """Measure each size; seconds, and the peak of the memory of all parts together."""
    results = [measure_apart(size) for size in sizes]
    table = Table(title="processor seconds")
    table.add_column("part")
    for frames, dets, *_ in sizes:
        table.add_column(f"{frames:,} frames\n{frames * dets:,} dets", justify="right")
    for name in results[0][0]:
        table.add_row(name, *(f"{seconds[name]:.3f}" for seconds, _ in results))
    table.add_row("peak RSS MiB", *(str(peak) for _, peak in results))
    return table


@one_line_errors
def main() -> None:
    """Print the growth table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--frames", type=int, nargs="+", default=[5000, 10000, 20000, 50000])
    add("--dets", type=int, default=20, help="per frame")
    args = parser.parse_args()
    sizes = [(frames, args.dets, 24, 200) for frames in args.frames]
    Console().print(report([JHMDB, *sizes]))


if __name__ == "__main__":
    main()
