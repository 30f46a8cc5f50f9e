"""One training per folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def locked_work_dir(work_dir: str | Path) -> Iterator[None]:
    """Keep other trainings out of a folder while the block runs.

    The system frees the lock when the process ends, however it ends. In a distributed
    run the first process locks for all.

    Args:
        work_dir: The folder; it is made.

    Raises:
        ValueError: Another training runs there.
    """
    if int(os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0"))):
        yield
        return
    Path(work_dir).mkdir(parents=True, exist_ok=True)
    lock = FileLock(Path(work_dir) / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(
            f"another training runs in {work_dir}: wait for it or stop it, or choose "
            "another folder with --work-dir"
        ) from None
    try:
        yield
    finally:
        lock.release()
