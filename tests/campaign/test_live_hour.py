"""A camera watched for an hour, as it is: at its own pace, with broken connections."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stal_plugin.apis import ActionDetector, ActionEvents

from .child import in_child
from .conftest import MINUTES
from .test_long_stream import memory
from .workshop import Workshop

pytestmark = pytest.mark.slow
#: An hour from CAMPAIGN_MINUTES=15 on, at a rate that leaves the machine to others.
SECONDS = min(3600, round(240 * MINUTES)) or 8
FPS = 5 if MINUTES else 10
#: How often the connection breaks off, and the memory is looked at.
BREAKS = 5 if MINUTES else 1
POINTS = 6 if MINUTES else 2
MOST = 20  # MB that the memory may grow by


@pytest.fixture
def camera() -> Iterator[str]:
    """Address of a camera."""
    connection = SECONDS / (BREAKS + 1) + 0.5
    program = Path(__file__).with_name("camera_server.py")
    command = [sys.executable, str(program), str(FPS), str(connection)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    process.kill()
    process.wait()
    process.stdout.close()


def watch(checkpoint: Path, address: str) -> None:
    """Detect; print frames, losses, gaps, MB and CPU seconds at some points."""
    logging.basicConfig(stream=sys.stdout, force=True)  # of pytest before
    detector = ActionDetector(checkpoint, device="cpu", score_thr=0.1, stride=FPS)
    events, frames, gaps, last, points = ActionEvents(), 0, 0, 0.0, 0
    for result in detector(address):
        events.update(result)
        frames = frames + 1 + result.skipped
        gaps += result.time - last > 1.5 / FPS
        last = result.time
        if points == 0 or last >= SECONDS * points / POINTS:
            points += 1
            used = time.process_time()
            values = frames, result.lost, gaps, f"{memory():.1f} {used:.1f}"
            print(*values, flush=True)  # noqa: T201
        if points > POINTS:
            return


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_a_camera_at_its_own_pace(
    campaign: Callable, workshop: Workshop, camera: str, tmp_path: Path
) -> None:
    with campaign(f"frames of a camera in {SECONDS / 60:.1f} min", share=0) as part:
        limit = 2.0 * SECONDS + 60
        ended = in_child(
            lambda: watch(workshop.checkpoint, camera), tmp_path, seconds=limit
        )
        assert ended.status == 0, ended.text
        lines = [line.split() for line in ended.text.splitlines()]
        lines = [line for line in lines if len(line) == 5 and line[0].isdigit()]
        assert len(lines) == POINTS + 1, ended.text
        used = [float(line[3]) for line in lines]
        part.tried = int(lines[-1][0])
        # a connection begins with a second of data, and takes another to be opened
        fewest = FPS * (SECONDS - 4 * (BREAKS + 1))
        backs = ended.text.count(" is back after ")
        part.notes = (
            f"memory {', '.join(f'{size:.0f}' for size in used)} MB, {backs} breaks, "
            f"{lines[-1][1]} lost, {float(lines[-1][4]) - float(lines[0][4]):.0f} s CPU"
        )
        if part.tried < fewest or backs < BREAKS or used[-1] - used[0] > MOST:
            part.wrong.append(f"at least {fewest} frames expected: {part.notes}")
