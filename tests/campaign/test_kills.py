"""Kill -9 at any moment: no torn file under a final name, and the next run is right."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from .child import kill_at_operation, kill_at_size
from .jobs import Job
from .workshop import Workshop

pytestmark = pytest.mark.slow
#: Cases of the short form. An export takes seconds.
JOBS = {
    "train": 1,
    "train, one kept": 2,
    "predict": 2,
    "import": 4,
    "import, copies": 1,
    "split": 2,
    "test": 1,
    "export": 1,
}


def killed(job: Job, rng: random.Random) -> tuple[str, str | None]:
    """Kill a job somewhere; returns where, and what is wrong afterwards."""
    how = rng.choice(("operation", "operation", "size", "time"))
    job.prepare()
    if how == "operation":
        number = rng.randint(1, max(1, job.operations))
        case = f"before change {number} of {job.operations}"
        ended = job.run(before=kill_at_operation(job.out, number))
    elif how == "size":
        size = rng.randint(1, job.largest)
        case = f"at byte {size} of a file"
        ended = job.run(before=kill_at_size(size))
    else:
        seconds = rng.uniform(0.02, job.seconds)
        case = f"after {seconds:.2f} of {job.seconds:.2f} s"
        ended = job.run(kill_after=seconds)
    if ended.status is None or ended.status > 0:
        return case, ended.problem() or f"status {ended.status}: {ended.text[-300:]}"
    problem = job.problem()
    if problem is None:
        again = job.run()
        problem = job.difference() if again.status == 0 else again.text[-500:]
    return case, problem


def interrupted(job: Job, rng: random.Random) -> tuple[str, str | None]:
    """Press Ctrl-C somewhere; returns where, and what is wrong afterwards."""
    job.prepare()
    seconds = rng.uniform(0.02, job.seconds)
    case = f"Ctrl-C after {seconds:.2f} of {job.seconds:.2f} s"
    ended = job.run(interrupt_after=seconds)
    if ended.status == 0:  # it was done before
        return case, job.difference()
    began = "in wrapped" in ended.text or "Traceback" not in ended.text
    if began and (ended.status != 130 or "\nInterrupted." not in f"\n{ended.text}"):
        return case, f"status {ended.status}: {ended.text[-300:]}"
    return case, job.problem()


@pytest.mark.parametrize("name", JOBS)
def test_killed_at_any_moment(
    name: str, campaign: Callable, workshop: Workshop, tmp_path: Path
) -> None:
    job = workshop.jobs(tmp_path)[name].measure()
    with campaign(f"kill -9: {name}", share=0.03) as part:
        for rng in part.cases(JOBS[name]):
            part.record(*killed(job, rng))
    with campaign(f"Ctrl-C: {name}", share=0.02) as part:
        for rng in part.cases(1):
            part.record(*interrupted(job, rng))
