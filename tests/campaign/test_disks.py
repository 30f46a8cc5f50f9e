"""Full and read-only disks: one line with file and cause, and no earlier file is lost.

Where this process may mount, the disk is a small tmpfs; elsewhere a full one is played
by the system's limit on the size of a file, and a read-only one is left out.
"""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .child import no_space_beyond
from .conftest import MINUTES
from .jobs import Job
from .tool_jobs import COMMANDS, tool_job
from .workshop import Workshop

pytestmark = pytest.mark.slow
#: Cases of the short form; those of 0 are left to the long one.
JOBS = {
    "train": 1,
    "predict": 2,
    "import": 2,
    "split": 1,
    "fix": 1,
    "preview": 1,
    "draw": 1,
    "test": 1,
    "export": 1,
    "report": 1,
    "comparison": 0,
    "eval_csv": 2,
    "convert_weights": 1,
    "plot_curves": 1,
    "new_config": 1,
    "kmeans_anchors": 1,
    "benchmark": 0,
    "eval_live": 0,
    "drawn footage": 1,
    "drawn release": 1,
    "agot.py": 1,
    "jhmdb.py": 1,
}


def mount(folder: Path, *options: str) -> bool:
    command = ["mount", "-o", ",".join(("size=64m", *options)), *("-t", "tmpfs")]
    try:
        done = subprocess.run([*command, "tmpfs", str(folder)], capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path | None]:
    """An empty disk of 64 MB; None where this process may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = mount(folder)
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, free: int) -> None:
    """Leave so many pages of a disk."""
    facts = os.statvfs(disk)
    with (disk / "fill.log").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, (facts.f_bavail - free) * facts.f_bsize)


def on_a_bad_disk(
    job: Job, disk: Path | None, rng: random.Random
) -> tuple[str, str | None]:
    """Run a job on such a disk; returns what was done, and what is wrong then."""
    job.prepare()
    size = rng.choice((0, 1, rng.randint(0, job.largest)))
    before = None
    if disk is None:
        case, before = f"files up to {size} bytes", no_space_beyond(size)
    elif rng.random() < 0.3:
        case = "read-only"
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    else:
        case = f"{size // 4096} pages free"
        fill(disk, size // 4096)
    try:
        ended = job.run(before=before)
    finally:
        if disk is not None:
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            (disk / "fill.log").unlink(missing_ok=True)
    problem = ended.problem() or job.problem()
    if problem is None and ended.status == 0:
        problem = job.difference()
    return case, problem


@pytest.mark.parametrize("name", [n for n, cases in JOBS.items() if cases or MINUTES])
def test_full_or_read_only(
    name: str,
    campaign: Callable,
    workshop: Workshop,
    tmp_path: Path,
    disk: Path | None,
) -> None:
    if name in COMMANDS:
        job = tool_job(name, workshop, tmp_path).measure()
    else:
        job = workshop.jobs(tmp_path)[name].measure()
    if disk is not None:
        job.move_outputs_to(disk / "out")
    with campaign(f"full or read-only disk: {name}", share=0.02) as part:
        for rng in part.cases(JOBS[name]):
            case, problem = on_a_bad_disk(job, disk, rng)
            part.record(case, problem)
