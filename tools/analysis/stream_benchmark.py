"""Frames per second of several streams through one network.

``tools/benchmark_streams.py`` is the command line.
"""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.sources import FileSource, Frame


@dataclass(frozen=True)
class StreamRate:
    """What so many streams take.

    Args:
        fps: Frames per second, of all streams together.
        cpu_ms: Milliseconds of processor time per frame, of all threads; other programs
            on the machine change it less than the frames per second.
    """

    fps: float
    cpu_ms: float


class FirstFrames:
    """The first frames of a video.

    Args:
        path: The video.
        count: Frames.
    """

    live = False

    def __init__(self, path: Path, count: int) -> None:
        self.name = str(path)
        self.num_frames: int | None = count
        self._file = FileSource(path)
        self.fps = self._file.fps

    def __iter__(self) -> Iterator[Frame]:
        """Read them."""
        return islice(self._file, self.num_frames)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def measure_streams(
    detector: ActionDetector,
    videos: Sequence[Path],
    numbers: Sequence[int],
    num_frames: int = 48,
    rounds: int = 3,
    max_batch: int = 8,
) -> dict[int, StreamRate]:
    """Measure frames per second, decoding included, of all streams together.

    The numbers of streams take turns in each round, so that what else the machine does
    meets all of them.

    Args:
        detector: The network; its first frames, which warm it up, do not count.
        videos: Streams take them in turns.
        numbers: Of streams.
        num_frames: Of each stream; a shorter video gives what it has.
        rounds: The median of so many counts.
        max_batch: See ``ActionDetector.run_many``.

    Returns:
        What was measured for each number of streams.

    Raises:
        ValueError: A stream failed.
    """
    _times(detector, _sources(videos, max(numbers), 2), max_batch)
    seconds: dict[int, list[tuple[float, float]]] = {number: [] for number in numbers}
    for _ in range(rounds):
        for number in numbers:
            sources = _sources(videos, number, num_frames)
            seconds[number].append(_times(detector, sources, max_batch))
    rates = {}
    for number, pairs in seconds.items():
        wall, cpu = (statistics.median(values) for values in zip(*pairs, strict=True))
        rates[number] = StreamRate(1 / wall, 1000 * cpu)
    return rates


def _sources(
    videos: Sequence[Path], number: int, num_frames: int
) -> dict[str, FirstFrames]:
    return {
        str(index): FirstFrames(videos[index % len(videos)], num_frames)
        for index in range(number)
    }


def _times(
    detector: ActionDetector, sources: Mapping[str, FirstFrames], max_batch: int
) -> tuple[float, float]:
    """Seconds per frame: on the clock, and of processor time."""
    clock, cpu, count = time.perf_counter(), time.process_time(), 0
    for item in detector.run_many(sources, max_batch):
        if item.error is not None:
            raise ValueError(f"stream {item.stream}: {item.error}")
        count += item.result is not None
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    return clock / count, cpu / count


def stream_table(rates: Mapping[int, StreamRate]) -> str:
    """Return a markdown table, each rate relative to that of the first number.

    Args:
        rates: What was measured for each number of streams, at least one.
    """
    first = next(iter(rates.values()))
    names = ("streams", "frames/s, all", "of the first", "frames/s, each")
    rows = [(*names, "CPU ms per frame", "of the first"), ("---",) * 6]
    for number, rate in rates.items():
        speed = (f"{rate.fps:.1f}", f"{rate.fps / first.fps:.2f}")
        each = f"{rate.fps / number:.1f}"
        work = (f"{rate.cpu_ms:.1f}", f"{rate.cpu_ms / first.cpu_ms:.2f}")
        rows.append((str(number), *speed, each, *work))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
