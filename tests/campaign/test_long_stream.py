"""Frames at full speed, in memory that does not grow; an hour: test_live_hour.py."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.apis import ActionDetector, ActionEvents

from .child import in_child
from .conftest import MINUTES
from .workshop import Workshop

pytestmark = pytest.mark.slow
FPS = 25
#: Length of the stream in minutes, and how often the network runs.
LENGTH = 4.0 if MINUTES else 0.5
STRIDE = 25 if MINUTES else 5
COUNT = round(FPS * 60 * LENGTH)
POINTS = 5
_PAGE = os.sysconf("SC_PAGE_SIZE")


def frames(count: int) -> Iterator[np.ndarray]:
    """A bright square on noise, which moves, and is away for a while now and then."""
    noise = np.random.default_rng(0).integers(60, 120, (48, 64, 3), dtype=np.uint8)
    for number in range(count):
        image = noise.copy()
        if number % 500 < 400:
            left = 3 * number % 48
            image[10:30, left : left + 16] = (250, 40, number % 250)
        yield image


def memory() -> float:
    """Resident memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_memory_does_not_grow(
    campaign: Callable, workshop: Workshop, tmp_path: Path
) -> None:
    def detect() -> None:
        detector = ActionDetector(
            workshop.checkpoint, device="cpu", score_thr=0.1, stride=STRIDE
        )
        events, count = ActionEvents(), COUNT
        every = count // POINTS
        for result in detector(frames(count), folder_fps=FPS):
            events.update(result)
            if result.frame % every == 0:
                print(result.frame, f"{memory():.1f}", flush=True)  # noqa: T201

    with campaign(f"frames of a stream of {LENGTH:g} min", share=0) as part:
        ended = in_child(detect, tmp_path, seconds=3600)
        lines = [line.split() for line in ended.text.splitlines()]
        assert ended.status == 0, ended.text
        used = [float(size) for _, size in lines]
        part.tried = int(lines[-1][0])
        growth = max(used[1:]) - used[0]
        if part.tried != COUNT or growth > 20:
            part.wrong.append(f"memory in MB: {used}")
        part.notes = f"memory {', '.join(f'{size:.0f}' for size in used)} MB"
